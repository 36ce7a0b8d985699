"""Agreements are read as documents, and nothing in them is taken for HTML (E9)."""

from node.console.document import document


def test_headings_stand_one_level_below_the_page_s_own_and_lines_stay_lines() -> None:
    shown = document(
        "# 协议书\n\n甲方：某厂\n乙方：某学会\n\n## 一、目标\n\n1. 提高收率\n2. 降低能耗\n"
    )

    assert "<h2>协议书</h2>" in shown
    assert "<h3>一、目标</h3>" in shown
    assert "甲方：某厂<br />\n乙方：某学会" in shown
    assert "<ol>\n<li>提高收率</li>" in shown


def test_what_looks_like_html_a_link_or_an_image_is_text() -> None:
    shown = document("<script>alert(1)</script> [点这里](https://evil.example) ![图](x.png)")

    assert "<script" not in shown
    assert "<a" not in shown
    assert "<img" not in shown
    assert "[点这里](https://evil.example)" in shown
