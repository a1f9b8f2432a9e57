"""Book a slot, ask for QPU time, read announcements. Written for the older client; unchanged."""

import sys
from datetime import datetime, timedelta, timezone

from qpi_client import QPIClient


def stamp(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def main(url, email, password, qpu):
    client = QPIClient(base_url=url)
    me = client.auth_with_password(identity=email, password=password)["record"]
    start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=200)
    slot = client.create_time_slot(stamp(start), stamp(start + timedelta(hours=1)), booked_by=me["id"])
    mine = [each for each in client.list_time_slots() if each["booked_by"] == me["id"]]
    print("slots", len(mine))
    client.update_time_slot(slot["id"], end_time=stamp(start + timedelta(hours=2)))
    length = [
        datetime.fromisoformat(each["end_time"]) - datetime.fromisoformat(each["start_time"])
        for each in client.list_time_slots()
        if each["id"] == slot["id"]
    ]
    print("hours", length[0].total_seconds() / 3600)
    print("deleted", client.delete_time_slot(slot["id"]))
    asked = client.create_time_request(600, requested_reason="T1 sweep")
    print("request", asked["status"], asked["seconds"])
    print("waiting", [each["status"] for each in client.list_time_requests()])
    for note in client.list_notifications():
        print("note", note["title"], client.dismiss_notification(note["id"])["status"])
    print("left", len(client.list_notifications()))


if __name__ == "__main__":
    main(*sys.argv[1:])
