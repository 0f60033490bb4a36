"""Signs in, pushes a household and pulls it again, with the client that
openapi-generator makes of the contract."""

import datetime
import os

import openapi_client as sothon

URL, UNIT = os.environ["SOTHON_URL"], os.environ["SOTHON_UNIT"]
RECORD = "019a0000-0000-7000-8000-000000000002"


def client(token=None):
    return sothon.ApiClient(sothon.Configuration(host=URL, access_token=token))


session = sothon.SessionApi(client()).sign_in(sothon.SignInRequest(
    username=os.environ["SOTHON_USER"], password=os.environ["SOTHON_PASSWORD"],
    device=sothon.SignInDevice(name="Python", platform="CPython"),
))
sync = sothon.SyncApi(client(session.access_token))

op = sothon.Op(sothon.EditOp(
    n=1, record=RECORD, kind="household", action="edit", base=0, at=datetime.datetime.now(datetime.timezone.utc),
    set=sothon.FieldSet(sothon.HouseholdFields(code="H002", headName="Hộ mẫu 002", category="poor")),
))
batch = sothon.PushRequest(device=session.device.id, epoch=session.device.epoch, **{"from": 1}, ops=[op])
pushed = sync.push_batch(UNIT, batch)
assert pushed.results[0].status == "accepted", pushed.results
again = sync.push_batch(UNIT, batch)
assert again.results[0].status == "accepted", again.results

page = sync.pull_changes(UNIT, after=0)
found = [c.actual_instance for c in page.records if str(c.actual_instance.id) == RECORD]
assert len(found) == 1 and isinstance(found[0], sothon.ChangedRecord), page.records
assert found[0].fields["headName"] == "Hộ mẫu 002", found[0].fields
assert page.seq >= pushed.seq

try:
    sothon.SyncApi(client("none")).pull_changes(UNIT, after=0)
    raise AssertionError("pulled without a token")
except sothon.exceptions.UnauthorizedException:
    pass
sothon.SessionApi(client(session.access_token)).sign_out()
print("Python: signed in, pushed, pulled")
