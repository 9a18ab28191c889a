//! The evidence page: how near the published simulators are, from a run of the golden suites.

use crate::{Result, cargo, root};

const HEAD: &str = "\
# Fidelity: the published simulators, reproduced

Made by `cargo xtask fidelity` from a run of the golden suites (`cargo test --release -p segue-sim --test sabre --test pensieve`);
do not edit. The recorded answers in `fixtures/golden/simulators` are those of the original programs on inputs made for
this project. Floats are compared at 1e-9 relative, decisions exactly.
";

const SABRE: &str = "
## Sabre (UMass-LIDS/sabre at 09b03bb): profile `sabre-09b03bb`

";

const SABRE_BUGS: &str = "
Bugs and oddities of the original, and what stands for them here:

| what Sabre does | here | default profile |
|---|---|---|
| forgets the level for which a request was abandoned (a misspelt variable) and asks the rule again | `Abandoned::AskAgain` | takes the level |
| plays from the first segment on, whatever its length | `start=0,resume=0` | 2 s |
| counts what rounding leaves of the last segment as a stall of 0 s | `resolution` of 0 | a nanosecond is no stall |
| counts no event for a stall that begins on an empty buffer (after an abandonment or a seek) | `sim::sabre::Metrics` | one stall, one event |
| tells over- from underestimates by the last bit on constant links | `sim::sabre::Metrics` | not reported |
| looks at a request in flight only after 12 kbit and 50 ms, so never in an outage | `look_bits`, `look_time` | every 100 ms |
| DYNAMIC and DYNAMICDASH do not tell BOLA of a seek | rule option `tell-seeks=false` | told |
| BOLA-E on a ladder of one rung divides by zero | a clear error | plays |
| a seek beyond the end leaves the list of segments | a clear error | a clear error |
| BOLA-PL (`-noibr`) differs from the version of the MMSys'18 paper | as at 09b03bb: `gp - 1` | the same |
| prints BOLA-E's buffer target as a stray first line | not in `--json`; the suite checks it | not printed |
";

const PENSIEVE: &str = "
## Pensieve (hongzimao/pensieve at 1120bb1): profile `pensieve-1120bb1`

";

const PENSIEVE_BUGS: &str = "
Bugs and oddities of the original, and what stands for them here:

| what Pensieve does | here | default profile |
|---|---|---|
| charges startup as a stall of the first chunk | `sim::pensieve::Log` | startup apart |
| waits 80 ms per request in which the link stands still | `latency_takes_link_time` off | latency takes link time |
| lets the buffer exceed 60 s by a chunk and drains it in steps of 0.5 s | `full=drain,wait-quantum=0.5` | waits exactly, for room |
| reports of such a sleep only its residue in the last trace interval (issue #122) | `Log::with_residual_sleep` | the wait itself |
| never uses the first sample of a trace, and takes it for time 0 when it wraps | backward hold, `wrap_extra` | backward hold |
| mpc.py looks up the sizes one chunk too late (issue #152) | rule option `late-index=true` | the right sizes |
| mpc.py carries prediction errors from video to video | rule option `carry-errors=true` | fresh in every session |
| mpc.py enumerates 6^5 sequences and keeps the last of equals | the same decision by search | the same |
| env.py multiplies delays by noise of which the trace knows nothing | `sim::pensieve::Noise` | no noise |
| dp.cc is neither an upper nor a lower bound of the optimum; its plans replayed score as recorded | replayed in the suite | `sim::optimal` |

The cooked HSDPA traces that Pensieve's papers use have their outages cut out: every sample below 100 kbit/s is gone and the time
axis closed. Sessions on them stall less than on the network that was measured.
";

pub(crate) fn run() -> Result {
    let folder = root().join("target/evidence");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let folder = folder.canonicalize().map_err(|e| format!("{}: {e}", folder.display()))?;
    let suites = ["test", "--release", "--quiet", "-p", "segue-sim", "--test", "sabre", "--test", "pensieve"];
    cargo(&suites, &[("SEGUE_EVIDENCE", &folder.to_string_lossy())])?;
    let fragment = |name: &str| {
        let path = folder.join(format!("{name}.md"));
        std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
    };
    let page =
        [HEAD, SABRE, &fragment("sabre")?, SABRE_BUGS, PENSIEVE, &fragment("pensieve")?, PENSIEVE_BUGS]
            .concat();
    let path = root().join("docs/fidelity.md");
    segue_cli::files::write(&path, page.as_bytes()).map_err(|e| e.to_string())?;
    println!("fidelity: docs/fidelity.md");
    Ok(())
}
