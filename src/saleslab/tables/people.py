"""Who sells: the people, their teams and the roles they hold."""

from __future__ import annotations

from saleslab.tables.columns import Kind, Label, Table, column
from saleslab.tables.vocabulary import ROLES

USERS = Table(
    "users",
    Label("User", "ユーザー"),
    Label("one person who sells or leads", "営業担当者または管理者1名"),
    key=("user_id",),
    columns=(
        column("user_id", Kind.ID, "User ID", "ユーザーID", required=True),
        column("name", Kind.TEXT, "Name", "氏名", personal=True),
        column("email", Kind.TEXT, "E-mail", "メールアドレス", personal=True),
        column("team_id", Kind.ID, "Team", "チーム", refers_to="teams.team_id"),
        column("manager_id", Kind.ID, "Manager", "上長", refers_to="users.user_id"),
        column("role", Kind.TEXT, "Role", "役割", choices=ROLES),
        column("is_active", Kind.BOOL, "Active", "在籍中", required=True),
        column("hired_on", Kind.DATE, "Hired on", "入社日"),
        column("ramped_on", Kind.DATE, "Ramped up on", "立ち上がり完了日"),
        column("left_on", Kind.DATE, "Left on", "退職日"),
        column("hours_per_week", Kind.NUMBER, "Hours a week", "週労働時間", unit="h", minimum=0),
        column("cost_per_hour", Kind.MONEY, "Cost an hour", "時間単価", minimum=0),
    ),
)

TEAMS = Table(
    "teams",
    Label("Team", "チーム"),
    Label("one team or branch", "チームまたは拠点1つ"),
    key=("team_id",),
    columns=(
        column("team_id", Kind.ID, "Team ID", "チームID", required=True),
        column("name", Kind.TEXT, "Team name", "チーム名"),
        column("parent_team_id", Kind.ID, "Parent team", "上位チーム", refers_to="teams.team_id"),
    ),
)

ROLE_ASSIGNMENTS = Table(
    "role_assignments",
    Label("Role assignment", "役割の割り当て"),
    Label("one role that one person holds for a time", "1名が一定期間担う役割1つ"),
    key=("user_id", "role", "valid_from"),
    columns=(
        column("user_id", Kind.ID, "User", "ユーザー", required=True, refers_to="users.user_id"),
        column("role", Kind.TEXT, "Role", "役割", required=True, choices=ROLES),
        column("valid_from", Kind.DATE, "Valid from", "適用開始日", required=True),
        column("valid_to", Kind.DATE, "Valid to", "適用終了日"),
        column("fte", Kind.NUMBER, "Full-time share", "稼働割合", minimum=0, maximum=1),
    ),
)
