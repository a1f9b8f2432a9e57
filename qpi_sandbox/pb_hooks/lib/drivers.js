/** Kinds of drivers, what they exchange, and what a person types to start one. */

const JOBS = ["JobDispatch", "JobResult"];
const READINGS = ["CryostatReading"];
const LANGUAGES = ["python", "typescript", "go"];

/** Which events a kind exchanges; a custom driver names its own. */
const KINDS = {
  mock: JOBS, qiskit_aer: JOBS, quantify: JOBS, qblox: JOBS, presto: JOBS, bluefors_gen1: READINGS, custom: null,
};

/** The commands that the create answer shows once. */
function snippets(kind, language, address, token) {
  const start = `qpi-driver --kind ${kind} --server ${address} --token ${token}`;
  if (kind === "custom") {
    return {
      install: `# install the ${language} package of the driver kit, then run your driver with\n# QPI_ADDR=${address} QPI_TOKEN=${token}`,
      stub: `# connect to ${address} with the token, then exchange the events you registered`,
    };
  }
  return {
    systemd: `sudo systemd-run --unit qpi-driver-${kind} ${start}`,
    manual_cli: start,
  };
}

module.exports = { JOBS, READINGS, LANGUAGES, KINDS, snippets };
