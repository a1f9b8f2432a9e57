"""Keep QPUs and accounts as an administrator. Written for the older client; one line changed."""

import sys

from qpi_client import QPIClient


def main(url, email, password, who):
    client = QPIClient(url)
    # Was a POST through client._session: the older client signs in users only.
    client.auth_with_password(email, password, collection="_superusers")
    made = client.create_qpu("fleet_1", executor_type="mock", num_qubits=3, enabled=True)
    print("made", made["name"], made["status"], made["enabled"])
    print("online", "fleet_1" in [each["name"] for each in client.list_qpus()])
    print("found", client.get_qpu("fleet_1")["num_qubits"])
    for wanted in (False, True):
        print("enabled", client.toggle_qpu(made["id"], wanted)["enabled"])
    user = [each for each in client.list_users() if each["email"] == who][0]
    print("balance", client.allocate_qpu_time(user["id"], 1234)["qpu_seconds"])
    for request in client.list_time_requests():
        if request["user"] == user["id"] and request["status"] == "pending":
            answer = client.update_time_request(request["id"], "rejected", rejection_reason="closed")
            print("answered", answer["status"], answer["rejection_reason"])


if __name__ == "__main__":
    main(*sys.argv[1:])
