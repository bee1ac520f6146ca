"""Scores every dataset and profile that is stored, and sends the score as a signal of its own."""

import logging

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.quality.score import missing_fields

log = logging.getLogger(__name__)

quality_scored = tk.signals.ckanext.signal("quality:scored")
"""Sent for each dataset or profile that is stored. Sender: "dataset" or "user"; payload: id, score, missing."""

ACTIONS = {
    "package_create": "dataset",
    "package_update": "dataset",
    "package_patch": "dataset",
    "user_create": "user",
    "user_update": "user",
    "user_patch": "user",
}
FIELDS = {
    "dataset": "title notes license_id tags resources",
    "user": "fullname|full_name email",
}


class QualityPlugin(p.SingletonPlugin):
    """Says how complete datasets and profiles are."""

    p.implements(p.ISignal)

    def get_signal_subscriptions(self):
        return {
            tk.signals.action_succeeded: [
                {"receiver": self.check_result, "sender": action_name} for action_name in ACTIONS
            ],
            # Of another extension: if that is not installed, nobody sends it.
            tk.signals.ckanext.signal("harvest:imported"): [check_import],
        }

    @staticmethod
    def check_result(action_name, context, data_dict, result):
        # With "return_id_only" in the context, the result is an id.
        if isinstance(result, dict):
            check(ACTIONS[action_name], result)


def check_import(sender, package, **kwargs):
    check("dataset", package)


def check(kind, thing):
    fields = tk.aslist(tk.config.get(f"ckanext.quality.{kind}_fields", FIELDS[kind]))
    missing = missing_fields(thing, fields)
    score = 1 - len(missing) / len(fields) if fields else 1.0
    log.info("%s %s is %d%% complete", kind, thing.get("id"), score * 100)
    quality_scored.send(kind, id=thing.get("id"), score=score, missing=missing)
