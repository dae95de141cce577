"""From a run's winner to what serves: releases, and the contract between a release and the service."""

from pilothouse.steps.deploy.contract import Servable, row_type, to_table
from pilothouse.steps.deploy.release import Ready, folder_hash, rollback, ship, usable

__all__ = ["Ready", "Servable", "folder_hash", "rollback", "row_type", "ship", "to_table", "usable"]
