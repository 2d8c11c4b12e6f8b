"""What a study is: `plans` (values; `plan_files`, `builtin`), `faces` (on whom), `cells` (what a result depends on)."""
