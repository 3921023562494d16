"""Logs and searches with the official Python client, unmodified, against a running gateway.

    official_client.py http://127.0.0.1:8080 TOKEN

Needs pangea-sdk 6.13.0. Ends with 0 when all of it works.
"""

import sys
import time

from pangea.config import PangeaConfig
from pangea.services import Audit

url, token = sys.argv[1:3]
audit = Audit(token, config=PangeaConfig(base_url_template=url))
marker = f"client-{time.time_ns()}"

one = audit.log(message=f"hello {marker}", actor="Dennis", action="login", status="success")
assert one.success and len(one.result.hash) == 64, one

verbose = audit.log(message=f"verbose {marker}", verbose=True)
assert verbose.result.envelope.event["message"] == f"verbose {marker}", verbose.result

bulk = audit.log_bulk([{"message": f"bulk {number} {marker}"} for number in range(3)], verbose=True)
assert len(bulk.result.results) == 3, bulk.result

late = audit.log_bulk_async([{"message": f"late {marker}"}])
assert late.request_id.startswith("prq_"), late

found = audit.search(query=f"message:{marker}", order="asc", limit=2)
assert found.result.count == 6, found.result
assert [event.envelope.event["message"] for event in found.result.events] == [f"hello {marker}", f"verbose {marker}"]

page = audit.results(id=found.result.id, limit=10, offset=2)
assert len(page.result.events) == 4, page.result

excluded = audit.search(query=f'"{marker}" -actor:Dennis', limit=10)
assert excluded.result.count == 5, excluded.result
print("The official Python client logs and searches.")
