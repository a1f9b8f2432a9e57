"""Remedies: one sentence per error class, for the errors page and for programs that explain failures."""

from __future__ import annotations

from qpi_client import errors

REMEDIES: dict[type[Exception], str] = {
    errors.QPIError: "Catch this class for everything that this package raises.",
    errors.TransportError: "Retry later. The client repeats reads itself; look up a change before you repeat it.",
    errors.ConnectFailed: "Check the address and the port, and that the server runs and can be reached.",
    errors.ProxyFailed: "Check `HTTPS_PROXY` and `NO_PROXY`, or unset them for this server.",
    errors.TimedOut: "Retry later, or give the call or the client a longer `timeout`.",
    errors.ConnectionsBusy: "Close unfinished streams, share less of one client, or raise `Limits(connections=…)`.",
    errors.WaitTimedOut: "The job continues: wait again with a longer `timeout`, or read `error.record`.",
    errors.ConnectionLost: "Retry later. After a change, read the record first: the server may have made it.",
    errors.ProtocolError: "Check that the address is the server's own and that no proxy changes its answers.",
    errors.NotQPIServer: "Check the address: a login page, a redirect or another service answers there.",
    errors.AnswerTooLarge: "Ask for fewer `fields` or a smaller page, or raise `Limits(answer=…)`.",
    errors.MissingJobID: "List your newest jobs before you submit again: the server may have accepted this one.",
    errors.CertificateMismatch: "Compare the fingerprint with the operator's, then pass `fingerprint` or `ca_file`.",
    errors.SubmitUncertain: "Call `find_submission(error)` later; submit again only when it returns None.",
    errors.APIError: "Read `error.status`, `error.message` and `error.fields`: they are the server's.",
    errors.BadRequest: "Correct the fields that `error.fields` names.",
    errors.Unauthorized: "Sign in, or check the e-mail address, the password and the role.",
    errors.SessionExpired: "Sign in again: `auth_with_password`, or `qpi-tui login`.",
    errors.MFARequired: "Sign in with one of `error.methods` next, with `mfa_id=error.mfa_id`.",
    errors.Forbidden: "Sign in with an account that may do this, or ask an administrator.",
    errors.QuotaExceeded: "Request time: `create_time_request`, or `n` on the console's requests screen.",
    errors.NotFound: "Check the id, and that you are signed in: other users' records look missing.",
    errors.Conflict: "Read the record again: its state has changed.",
    errors.AlreadyHandled: "Nothing to do: `error.record` has the decision.",
    errors.PayloadTooLarge: "Submit fewer circuits in one job.",
    errors.RateLimited: "Wait for `error.retry_after` seconds. The client has waited and retried already.",
    errors.ServerError: "Retry later. If it persists, send the operator the time and `error.message`.",
    errors.InvalidValue: "Correct the value; the message names it and the accepted values.",
    errors.ReadOnly: "Open the client without `read_only=True`, or the console without `--read-only`.",
    errors.SessionRequired: "Sign in with a password: this needs a session, not an API token.",
    errors.SignInFailed: "Start the sign-in again; the message says which step failed.",
    errors.NotOnThisGeneration: "Use a server of the other generation; `error.generation` says which one this is.",
    errors.AmbiguousName: "Use one of `error.ids` instead of the name.",
    errors.ResultsUnavailable: "Read the results with a session: the server does not return them to API tokens.",
    errors.ClientClosed: "Open a new client, or use it inside its `with` block.",
    errors.WrongEventLoop: "Run it under asyncio, or use `QPIClient` in a thread.",
    errors.QPIWarning: "Read the message; turn it into an error with `warnings.simplefilter` if you want to.",
    errors.UntargetedJobWarning: "Pass `qpu_target`, and cancel the job that has none.",
    errors.WideResultWarning: "Measure at most 14 classical bits in one circuit.",
}
"""A sentence for each error and warning of `qpi_client.errors`."""
