"""What does a metric mean, how is it counted, and which query gives its value?"""
