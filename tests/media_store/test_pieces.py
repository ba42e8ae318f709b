"""The arithmetic of pieces, without a bucket."""

from hypothesis import given
from hypothesis import strategies as st

from media_store.pieces import Piece, covered, parts, room, unbroken

PART = 10


def test_a_name_can_be_read_back_and_sorts_like_a_number() -> None:
    pieces = [Piece.new(start, 5) for start in (0, 5, 90, 1_000_000_000)]
    assert [Piece.from_name(piece.name) for piece in pieces] == pieces
    assert sorted(piece.name for piece in pieces) == [piece.name for piece in pieces]


def test_two_pieces_never_share_a_name() -> None:
    assert Piece.new(0, 5).name != Piece.new(0, 5).name


def test_what_follows_a_hole_is_left_out() -> None:
    assert covered(unbroken([])) == 0
    assert covered(unbroken([Piece(5, 9, "")])) == 0
    assert covered(unbroken([Piece(6, 9, ""), Piece(0, 5, "")])) == 5


def test_the_longest_of_several_pieces_is_used_whole() -> None:
    slices = unbroken([Piece(0, 3, "a"), Piece(0, 10, "b"), Piece(3, 7, "c")])
    assert [each.piece.mark for each in slices] == ["b"]
    assert slices[0].is_whole


def test_of_an_overlapping_piece_only_the_end_is_used() -> None:
    first, second = unbroken([Piece(0, 5, "a"), Piece(2, 9, "b")])
    assert (first.skipped, first.size, second.skipped, second.size) == (0, 5, 3, 4)
    assert not second.is_whole


def test_room_ends_where_the_part_ends() -> None:
    assert [room(at, PART) for at in (0, 1, 9, 10, 25)] == [10, 9, 1, 10, 5]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10)), max_size=30))
def test_slices_cover_each_byte_once_and_parts_are_whole(drawn: list[tuple[int, int]]) -> None:
    pieces = [Piece(start, start + min(size, room(start, PART)), str(n)) for n, (start, size) in enumerate(drawn)]
    slices = unbroken(pieces)
    assert [at for each in slices for at in range(each.start, each.piece.end)] == list(range(covered(slices)))
    held = {at for piece in pieces for at in range(piece.start, piece.end)}
    assert covered(slices) == next(at for at in range(100) if at not in held)
    sizes = [sum(each.size for each in part) for part in parts(slices, PART)]
    assert sum(sizes) == covered(slices)
    assert all(size == PART for size in sizes[:-1])
