"""What was kept, what was aimed at, and can a kept number be measured again?"""
