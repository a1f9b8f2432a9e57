/** Which orchestrator this sandbox says it is. */

const OLDER = $os.getenv("QPI_GENERATION") === "v0.0";

/** The certificate that a driver pins: a self-signed one whose key was thrown away. */
function certificate() {
  return toString($os.readFile(`${__hooks}/lib/root-ca.pem`));
}

/** SHA-256 of the certificate's DER bytes, in hexadecimal. */
function fingerprint() {
  return toString($os.readFile(`${__hooks}/lib/root-ca.sha256`)).trim();
}

/** Where the server says it is reached. */
function address(e) {
  return "http://" + e.request.host;
}

module.exports = { OLDER, VERSION: OLDER ? "v0.0.42" : "v0.1.2", certificate, fingerprint, address };
