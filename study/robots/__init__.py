"""Simulated participants with known truth, through the real pages."""

from study.robots.run import RobotError, RobotOutcome, RobotReport, run_robots
from study.robots.truth import RobotTruth

__all__ = ["RobotError", "RobotOutcome", "RobotReport", "RobotTruth", "run_robots"]
