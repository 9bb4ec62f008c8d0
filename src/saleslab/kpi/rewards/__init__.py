"""What is paid for what is reached, what does it cost, and whom does it tempt?

Reading order: `plans` (a plan as a file: tiers, bonuses, cap, share of the team), `paying` (one payout, exact to the
yen), `many` (many payouts at once), `simulating` (what a plan costs and whom it favours), with its parts `spreads` (how
payouts differ), `shifting` (the gain from delaying deals), `territories` (the same people in every territory; `inputs`
reads what each could yield), `drawing` (a period to come) and `budgets` (the chance of an overrun); `recognition` (who
improved, beyond luck); `briefing` (words and tables of a page).
"""
