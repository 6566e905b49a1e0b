"""What each page shows, as frozen dataclasses made by pure functions from the store's records."""

from consumption.serving.views.account import AccountSource, AccountView, account_view, brief_lists
from consumption.serving.views.card import CardSource, CardView, answered_view, card_view
from consumption.serving.views.frame import FrameView, frame_view
from consumption.serving.views.look_as import LookAsSource, LookAsView, look_as_view, sign_in_view
from consumption.serving.views.problem import ProblemView, problem_view
from consumption.serving.views.today import Found, TodaySource, TodayView, today_view

__all__ = [
    "AccountSource",
    "AccountView",
    "CardSource",
    "CardView",
    "Found",
    "FrameView",
    "LookAsSource",
    "LookAsView",
    "ProblemView",
    "TodaySource",
    "TodayView",
    "account_view",
    "answered_view",
    "brief_lists",
    "card_view",
    "frame_view",
    "look_as_view",
    "problem_view",
    "sign_in_view",
    "today_view",
]
