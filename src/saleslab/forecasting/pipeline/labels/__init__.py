"""What is a deal called by: its team, the words of its stage, the family of its product?"""
