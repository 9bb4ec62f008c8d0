"""What must be reached, what decides it, and how is it counted?

Reading order: `formulas` (arithmetic over nodes, read without `eval`), `units` (what may be added to what), `nodes` (a
goal, its factors and measures as declarations), `yaml_files` and `reading` (from a file people edit), `structure`
(children, paths, order), `versions` (old periods keep the old definition), `writing`, `comparing`, `templates`.
"""
