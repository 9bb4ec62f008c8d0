"""Run by every kernel before its first cell: garbage is collected seldom, since loading libraries makes hardly any."""

import gc

gc.set_threshold(50_000, 20, 20)
del gc
