"""Everything that the official Python client can do, unmodified and with verification switched on, against a gateway.

    official_client.py http://127.0.0.1:8080 TOKEN ADMIN_TOKEN VENDOR_TOKEN

TOKEN is of one log alone with the standard schema, VENDOR_TOKEN of one with Auth0's. Needs pangea-sdk 6.13.0, whose address of
the public ledger is pointed at the gateway. Ends with 0 when all of it works.
"""

import contextlib
import csv
import gzip
import io
import json
import logging
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timezone

import pangea.services.audit.util as ledger
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pangea import deep_verify, dump_audit, verify_audit
from pangea.config import PangeaConfig
from pangea.exceptions import AcceptedRequestException, TreeNotFoundException
from pangea.services import Audit
from pangea.services.audit.models import DownloadFormat

logging.disable(logging.CRITICAL)
url, token, admin_token, vendor_token = sys.argv[1:5]
ledger.ARWEAVE_BASE_URL = url + "/ledger"
config = PangeaConfig(base_url_template=url)
audit = Audit(token, config=config)
marker = f"client-{time.time_ns()}"


def same(got, wanted, what):
    """Complains unless two values are the same."""
    if got != wanted:
        raise SystemExit(f"{what}: {got!r} instead of {wanted!r}")


def publish():
    """Closes the open buffers."""
    request = urllib.request.Request(
        url + "/admin/logs/publish", data=b"{}", headers={"Authorization": f"Bearer {admin_token}"}
    )
    return json.load(urllib.request.urlopen(request))["logs"]


def poll(request_id):
    """The answer to a request that was accepted, within half a minute."""
    for _ in range(300):
        try:
            return audit.poll_result(request_id=request_id)
        except AcceptedRequestException:
            time.sleep(0.1)
    raise SystemExit(f"{request_id} is not answered")


# What was there before has a buffer of its own; without that the client's dump tool leaves out the beginning of ours.
publish()
start = datetime.now(timezone.utc)

# One event, many, later.
one = audit.log(message=f"hello {marker}", actor="Dennis", action="login", status="success")
same(len(one.result.hash), 64, "hash")
bulk = audit.log_bulk([{"message": f"bulk {number} {marker}"} for number in range(3)], verbose=True)
same(len(bulk.result.results), 3, "bulk")
late = audit.log_bulk_async([{"message": f"late {marker}"}])
polled = poll(late.request_id)
same([list(result) for result in polled.raw_result["results"]], [["hash"]], "polled")

# Roots and proofs of the open buffer, one leading to the next.
for number in range(5):
    verbose = audit.log(message=f'verbose {number} <&> "é" {marker}', new={"b": 1, "a": [2]}, verbose=True, verify=True)
    same(verbose.result.membership_verification, "pass", "membership when logged")
    same(verbose.result.consistency_verification, "none" if number == 0 else "pass", "consistency when logged")

# Signatures of the client.
with tempfile.NamedTemporaryFile(suffix=".pem") as file:
    file.write(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    file.flush()
    signing = Audit(token, config=config, private_key_file=file.name, public_key_info={"team": "tests"})
    signed = signing.log(message=f"signed {marker}", sign_local=True, verbose=True, verify=True)
    same(signed.result.signature_verification, "pass", "signature when logged")

# Published, and then more in an open buffer; consistency of all roots through the ledger.
publish()
audit.log(message=f"second buffer {marker}")
publish()
audit.log(message=f"open {marker}")
found = audit.search(query=marker, order="asc", limit=3, verify_consistency=True, verify_events=True, start=start)
same(found.result.count, 13, "count")
page = audit.results(id=found.result.id, limit=20, offset=3, verify_consistency=True, verify_events=True)
events = found.result.events + page.result.events
same(len(events), 13, "events")
same({event.membership_verification for event in events}, {"pass"}, "membership")
same({event.consistency_verification for event in events if event.published}, {"pass"}, "consistency")
same([event.published for event in events], [True] * 12 + [False], "published")
same([event.signature_verification for event in events].count("pass"), 1, "signatures")
excluded = audit.search(query=f'"{marker}" -actor:Dennis', limit=1, start=start)
same(excluded.result.count, 12, "an exclusion")
restricted = audit.search(query=marker, search_restriction={"actor": ["Dennis"]}, start=start)
same(restricted.result.count, 1, "a restriction")

# Every root.
newest = audit.root().result.data
same(newest.size, found.result.root.size, "newest root")
for size in range(1, newest.size + 1):
    root = audit.root(tree_size=size).result.data
    same((root.size, bool(root.root_hash), bool(root.published_at)), (size, True, True), "root")
try:
    audit.root(tree_size=newest.size + 1)
    raise SystemExit("a root that is not there yet was found")
except TreeNotFoundException:
    pass

# The client's own tools: a check of an answer, a dump and its deep verification.
answer = json.loads(audit.search(query=marker, limit=20, start=start).raw_response.text)["result"]
status = verify_audit.verify_multiple(answer["root"], answer.get("unpublished_root"), answer["events"])
same(status, verify_audit.Status.SUCCEEDED, "verify_audit")
publish()
dump = io.StringIO()
with contextlib.redirect_stdout(io.StringIO()):
    dump_audit.dump_audit(audit, dump, start, datetime.now(timezone.utc))
    dump.seek(0)
    errors = deep_verify.deep_verify(audit, dump)
same({name: errors[name] for name in errors if errors[name]}, {}, "deep_verify")

# Downloads of a search and of everything.
links = [
    audit.download_results(result_id=found.result.id, format=DownloadFormat.CSV),
    audit.download_results(result_id=found.result.id, format=DownloadFormat.JSON),
]
export = audit.export(format=DownloadFormat.JSON, start=start, order="asc", verbose=True)
same(poll(export.request_id).status, "Success", "export")
links.append(audit.download_results(request_id=export.request_id, format=DownloadFormat.JSON))
texts = [
    gzip.decompress(urllib.request.urlopen(link.result.dest_url).read()).decode() for link in links
]
same(len(list(csv.DictReader(io.StringIO(texts[0], newline="")))), 13, "CSV")
same(len(texts[1].splitlines()), 13, "JSON lines")
exported = [json.loads(line) for line in texts[2].split("\n") if line]
same([event["envelope"]["event"]["message"].endswith(marker) for event in exported].count(True), 13, "export")
same({"membership_proof", "published"} <= exported[0].keys(), True, "proofs of an export")

# A vendor's stream.
vendor = Audit(vendor_token, config=config)
record = {"date": "2026-11-23T12:00:00.000Z", "type": "s", "description": marker, "client_id": None, "ip": "203.0.113.7"}
streamed = vendor.log_stream({"logs": [{"log_id": marker, "data": record}]})
same(streamed.status, "Success", "log stream")
vendor.log_stream({"logs": [{"log_id": marker, "data": record}]})
same(vendor.search(query=f"description:{marker}", start=start).result.count, 1, "a stream that is repeated")
print("The official Python client works, with verification.")
