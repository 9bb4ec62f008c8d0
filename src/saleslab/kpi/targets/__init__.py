"""Will we reach it, what has to be true for it, and which lever is worth pulling?

Reading order: `flows` (what adds up over months and what does not), `realising` (from expectations to whole deals: the
luck of finite numbers), `model` (a tree that can be evaluated again and again with the same luck), `study`
(`study_target`), `conditioning` (the goal takes the chance that a forecast gives it; `landings`: as it is handed over),
`required` (which level gives a wanted chance), `levers` (four lenses), `suggesting`, `budget`, `cascade`, `risks`
(which have come true), `factors` (what a page says of success factors).
"""
