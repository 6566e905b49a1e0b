"""Rankings, effects of actions, and their registry.

`samples` are the rows that models learn from; `heads` what is fitted on them; `judging` how good that is, and whether
it takes over; `leaks` how a sample may know too much; `watching` what becomes of a model in charge; `reasons` why it
says what it says; `increments` what actions change; `registry` the door to MLflow. `effects` and `offpolicy` serve
any study.
"""
