"""What does the sales director read: where the period lands, what decides it, and can that be believed?

Reading order: `futures` (whole paths of a series, whose sums can be judged), then what gathers and words the page.
"""
