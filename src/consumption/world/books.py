"""What the world sells and to whom: three books of business, their products, features, segments and industries."""

from __future__ import annotations

from dataclasses import dataclass

SOFTWARE, MACHINES, RESELLER = 0, 1, 2
BOOK_NAMES = ("software", "machines", "reseller")
BOOK_SHARES = (0.50, 0.22, 0.28)

HOURS_A_MACHINE = 1800.0  # run-hours sold for one machine and year
CREDITS_A_SEAT = 2000.0  # credits sold beside one seat and year


@dataclass(frozen=True)
class Product:
    """One product: who makes it, how it is counted, and its features from basic to advanced."""

    name: str
    vendor: str
    kind: str
    unit: str
    features: tuple[str, ...] = ()
    core: tuple[str, ...] = ()
    complements: tuple[str, ...] = ()


WORKSPACE = Product(
    "Quillon Workspace",
    "Quillon",
    "subscription",
    "seat",
    (
        "sign_in",
        "dashboard_viewed",
        "report_created",
        "report_shared",
        "export_run",
        "comment_added",
        "alert_set",
        "workflow_built",
        "forecast_run",
        "connector_added",
    ),
    ("report_created", "report_shared", "workflow_built"),
    ("Quillon Insight", "Quillon Compute"),
)
INSIGHT = Product(
    "Quillon Insight",
    "Quillon",
    "subscription",
    "seat",
    ("sign_in", "cohort_viewed", "question_asked", "insight_shared", "model_run"),
    ("question_asked", "insight_shared"),
    ("Quillon Workspace",),
)
COMPUTE = Product("Quillon Compute", "Quillon", "consumption", "credit", ("api_call",), ("api_call",))
RUN_HOURS = Product(
    "Torvane Hours",
    "Torvane",
    "subscription",
    "hour",
    ("sign_in", "status_viewed", "job_planned", "schedule_shared", "recipe_tuned", "maintenance_booked"),
    ("job_planned", "maintenance_booked"),
    ("Torvane Cover",),
)
COVER = Product("Torvane Cover", "Torvane", "warranty", "asset")
DRAFT = Product(
    "Hexabridge Draft",
    "Hexabridge",
    "subscription",
    "seat",
    ("sign_in", "drawing_opened", "drawing_saved", "render_run", "library_used", "review_sent"),
    ("drawing_saved", "review_sent"),
    ("Lumetra Vault",),
)
VAULT = Product(
    "Lumetra Vault",
    "Lumetra",
    "subscription",
    "seat",
    ("sign_in", "file_synced", "folder_shared", "backup_run", "restore_tested", "policy_set"),
    ("folder_shared", "restore_tested"),
    ("Hexabridge Draft",),
)
PRODUCTS = (WORKSPACE, INSIGHT, COMPUTE, RUN_HOURS, COVER, DRAFT, VAULT)
MAIN = (WORKSPACE, RUN_HOURS, DRAFT)  # by book

HOURS_RUN, JOB_FINISHED, FAULT_RAISED = "hours_run", "job_finished", "fault_raised"
ERROR_SHOWN, EXPORT_FAILED = "error_shown", "export_failed"
VALUE_EVENTS = (
    "report_shared",
    "workflow_built",
    "insight_shared",
    "job_finished",
    "schedule_shared",
    "drawing_saved",
    "review_sent",
    "folder_shared",
    "restore_tested",
)
ERROR_EVENTS = (ERROR_SHOWN, EXPORT_FAILED, FAULT_RAISED)

SEGMENTS = ("small business", "mid-market", "enterprise")
SEGMENT_SHARES = (0.51, 0.35, 0.14)
# A few large accounts, but no three that decide every comparison of money on 1,500 accounts.
ARR_MEDIAN = (14_000.0, 40_000.0, 110_000.0)
ARR_SPREAD = (0.40, 0.40, 0.50)

REGIONS = ("north", "south", "east", "west", "overseas")
INDUSTRIES = (
    "manufacturing",
    "logistics",
    "food",
    "construction",
    "health",
    "finance",
    "education",
    "tourism",
    "agriculture",
    "retail",
)
SEASONAL = (False, False, False, False, False, False, True, True, True, True)  # most accounts of these have seasons

# What a workspace that reads these files would say about them.
SETTINGS = f"""\
[events]
value = [{", ".join(f'"{e}"' for e in VALUE_EVENTS)}]
errors = [{", ".join(f'"{e}"' for e in ERROR_EVENTS)}]

[meters.seat]
how = "distinct_users"

[meters.credit]
events = ["api_call"]
how = "sum"

[meters.hour]
events = ["{HOURS_RUN}"]
how = "sum"

[meters.asset]
how = "distinct_assets"
"""
