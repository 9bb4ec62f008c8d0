"""Blocking: who shares a key is compared, and no crowded key makes the work explode."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saleslab.intake.blocking import cluster_pairs, merge_pairs, pair_within, spell_keys

KEYS = st.lists(st.none() | st.sampled_from("abc"), max_size=25)


@given(KEYS)
def test_without_a_crowd_all_pairs_of_one_key_are_found_and_no_others(keys):
    found = {tuple(pair) for pair in pair_within(keys, most=100).tolist()}
    assert found == {(i, j) for i, j in combinations(range(len(keys)), 2) if keys[i] is not None and keys[i] == keys[j]}


@given(st.integers(0, 400), st.integers(2, 60))
def test_pairs_grow_with_the_records_and_every_record_of_a_key_stays_linked(n, most):
    pairs = pair_within(["same"] * n, most=most)
    assert len(pairs) <= max(3, (most - 1) / 2) * n
    assert len(set(cluster_pairs(pairs, n).tolist())) == min(n, 1)


@given(st.text("abcd", min_size=5, max_size=9), st.integers(0, 8), st.sampled_from("abcdx"))
def test_a_letter_more_less_changed_or_swapped_leaves_a_common_key(word, place, letter):
    place %= len(word) - 1
    slips = [word[:place] + word[place + 1 :], word[:place] + letter + word[place:],
             word[:place] + letter + word[place + 1 :],
             word[:place] + word[place + 1] + word[place] + word[place + 2 :]]  # fmt: skip
    for slip in slips:
        keys, owners = spell_keys([word, slip], shortest=4)
        assert len(pair_within(keys, owners=owners, most=60)) == 1


def test_short_and_very_long_words_give_only_themselves():
    keys, owners = spell_keys(["abc", "x" * 41, ""], shortest=4)
    assert (keys.tolist(), owners.tolist()) == (["abc", "x" * 41], [0, 1])


def test_pairs_are_listed_once_in_order_and_never_with_themselves():
    parts = [np.array([[3, 1], [2, 2]]), np.zeros((0, 2), dtype=np.int64), np.array([[1, 3], [0, 4]])]
    assert merge_pairs(parts).tolist() == [[0, 4], [1, 3]]
    assert merge_pairs([np.array([[2, 2]])]).shape == (0, 2)
    assert merge_pairs([]).shape == (0, 2)


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_clusters_are_what_can_be_reached_by_pairs(links):
    root = cluster_pairs(np.array(links, dtype=np.int64).reshape(-1, 2), 20)
    reach = [{n} for n in range(20)]
    for _ in range(20):
        for left, right in links:
            reach[left] |= reach[right]
            reach[right] |= reach[left]
    assert root.tolist() == [min(one) for one in reach]
