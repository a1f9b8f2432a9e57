"""Watch a queue with an API token and clear it. Written for the older client; one line changed."""

import sys
import time

import requests

from qpi_client.compat import QPIClient  # was: from qpi_client import QPIClient

CIRCUIT = 'OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; bit[1] c; x q[0]; c[0] = measure q[0];'


def main(url, token, busy, idle):
    client = QPIClient(url, api_token=token)
    print("token", client.api_token == token)
    done = client.submit_job([{"circuit": CIRCUIT}], shots=10, qpu_target=busy)
    waiting = client.submit_job([{"circuit": CIRCUIT}], shots=10, qpu_target=idle)
    deadline = time.time() + 60
    while client.get_job(done)["status"] != "completed":
        assert time.time() < deadline
        time.sleep(0.2)
    by_status = {}
    for job in client.list_jobs():
        by_status.setdefault(job["status"], []).append(job["id"])
    print("completed", done in by_status["completed"], "pending", by_status["pending"] == [waiting])
    print("cancelled", client.cancel_job(waiting)["status"])
    try:
        client.cancel_job(waiting)
    except requests.HTTPError as error:
        print("http", error.response.status_code, error.response.json()["message"], error.request.method)
    try:
        QPIClient("http://127.0.0.1:9").list_qpus()
    except OSError as error:
        print("away", isinstance(error, requests.exceptions.ConnectionError))
    client.api_token = "qpi_wrong"
    try:
        client.list_jobs()
    except requests.RequestException as error:
        print("refused", error.response.status_code)


if __name__ == "__main__":
    main(*sys.argv[1:])
