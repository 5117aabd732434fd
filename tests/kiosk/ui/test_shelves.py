"""What works can be browsed by stands under its letter as in a Vietnamese dictionary."""

from kiosk.ui.shelves import by_letter


def test_values_stand_under_their_letters_with_both_kinds_of_d_apart() -> None:
    values = [("Đời sống", 1), ("Dân ca", 2), ("ẩm thực", 3), ("An toàn", 4), ("1945", 5)]
    assert by_letter(values) == (
        ("#", (("1945", 5),)),
        ("A", (("An toàn", 4), ("ẩm thực", 3))),
        ("D", (("Dân ca", 2),)),
        ("Đ", (("Đời sống", 1),)),
    )


def test_no_values_are_no_letters() -> None:
    assert by_letter([]) == ()
    assert by_letter([("", 1)]) == (("#", (("", 1),)),)
