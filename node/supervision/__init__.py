"""What stations with others below them do: admit them and judge their reports (A3, M4, P3)."""
