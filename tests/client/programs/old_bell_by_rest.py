"""Submit OpenQASM text, poll until it is done, print the counts. Written for the older client; unchanged."""

import sys
import time

from qpi_client import QPIClient

BELL = 'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;'


def main(url, email, password, qpu):
    client = QPIClient(url + "/")
    client.auth_with_password(email, password)
    target = [record["id"] for record in client.list_qpus() if record["name"] == qpu][0]
    job_id = client.submit_job([{"circuit": BELL}], shots=200, qpu_target=target)
    deadline = time.time() + 60
    while True:
        job = client.get_job(job_id)
        if job["status"] in ("completed", "failed", "cancelled"):
            break
        if time.time() > deadline:
            raise TimeoutError(job_id)
        time.sleep(0.2)
    counts = {state: count for state, count in job["results"]["counts"].items() if count}
    assert sorted(counts) == ["00", "11"]
    print("total", sum(counts.values()))
    print("listed", job_id in [each["id"] for each in client.list_jobs()])
    client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
