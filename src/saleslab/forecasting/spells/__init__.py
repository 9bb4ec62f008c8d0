"""From when to when was a deal in which stage, of which amount, due on which day?"""
