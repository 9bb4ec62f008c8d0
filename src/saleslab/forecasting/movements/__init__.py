"""What came into the open pipeline since a day, what left it, and what changed its worth?

Reading order: `inputs` (the deals as they stood at the end of a day), `comparing` (`compare_pipelines`: from one day to
another, part by part, adding up).
"""
