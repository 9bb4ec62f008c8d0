"""When, on which channel, and how often may people be contacted?

`history` counts who answered, `timing` learns the hours, `follow_ups` the waits, `reaching` knows who said no, and
`next_contacts` puts them together.
"""
