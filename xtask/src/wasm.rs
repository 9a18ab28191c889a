//! The packages for JavaScript: built for WebAssembly, then tested in Node and in a headless Chromium.
//!
//! What is missing on a machine is said loudly and counted (`$SEGUE_SKIPPED`), and never counted as passed.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use segue_cli::Models;

use crate::python::call;
use crate::{Result, absolute, root};

const TARGET: &str = "wasm32-unknown-unknown";
/// The monitor, gzipped, in bytes: module and code together.
const MOST: usize = 40_000;

/// Builds both packages and runs their tests.
pub(crate) fn run() -> Result {
    let source = root().join("bindings/wasm");
    let out = root().join("target/wasm");
    if !has_target() {
        skipped(&format!("wasm: no {TARGET} (rustup target add {TARGET}); tested natively only"))?;
        return call(cargo(&source, &out).args(["test", "--quiet"]));
    }
    let version = pinned(&source)?;
    let bindgen = bindgen(&version)?;
    println!("wasm: building");
    call(cargo(&source, &out).args(["build", "--release", "--quiet", "--target", TARGET]))?;
    let built = out.join("build").join(TARGET).join("release");
    package(&bindgen, &built, &out, "segue-monitor", "buffer_health_monitoring", &source.join("monitor/js"))?;
    package(&bindgen, &built, &out, "segue-sim", "segue_sim", &source.join("sim/js"))?;
    demo(&source.join("demo"), &out)?;
    sizes(&out)?;
    expected(&out)?;
    tests(&source, &out)
}

/// Cargo in the workspace of the packages. Their size is promised, so that nobody's quicker release build may change it.
fn cargo(source: &Path, out: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(source).env("CARGO_TARGET_DIR", absolute(&out.join("build")));
    for part in ["LTO", "CODEGEN_UNITS", "OPT_LEVEL", "DEBUG"] {
        command.env_remove(format!("CARGO_PROFILE_RELEASE_{part}"));
    }
    command
}

/// Whether code for WebAssembly can be built; tries to get what is missing.
fn has_target() -> bool {
    let there = || {
        let said = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
        said.is_ok_and(|o| Path::new(String::from_utf8_lossy(&o.stdout).trim()).is_dir())
    };
    there() || (Command::new("rustup").args(["target", "add", TARGET]).status().is_ok() && there())
}

/// The version of wasm-bindgen that the packages are built with.
fn pinned(source: &Path) -> Result<String> {
    let file = source.join("Cargo.toml");
    let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let line = text.lines().find_map(|l| l.strip_prefix("wasm-bindgen = \"="));
    let version = line.and_then(|l| l.strip_suffix('"'));
    version.map(str::to_string).ok_or_else(|| format!("{}: wasm-bindgen is not pinned", file.display()))
}

/// The program that makes JavaScript of it, at that version; installed into the target folder where it is not there.
fn bindgen(version: &str) -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let program = tools.join("bin/wasm-bindgen");
    let said = Command::new(&program).arg("--version").output();
    let same =
        said.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).trim().ends_with(&format!(" {version}")));
    if !same {
        println!("wasm: installing wasm-bindgen-cli {version} into {} (minutes)", tools.display());
        let mut install = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        install.args(["install", "--quiet", "--locked", "--version", version, "wasm-bindgen-cli", "--root"]);
        call(install.arg(&tools).env("CARGO_TARGET_DIR", absolute(&root().join("target/tools/build"))))?;
    }
    Ok(program)
}

/// One package: what wasm-bindgen makes, and what is written by hand.
fn package(bindgen: &Path, built: &Path, out: &Path, name: &str, file: &str, by_hand: &Path) -> Result {
    let folder = out.join(name);
    fresh(&folder)?;
    let module = built.join(format!("{file}.wasm"));
    call(
        Command::new(bindgen)
            .args(["--target", "web", "--out-name", file, "--out-dir"])
            .arg(&folder)
            .arg(module),
    )?;
    copy(by_hand, &folder)
}

/// The page with its packages, ready for any static file server.
fn demo(source: &Path, out: &Path) -> Result {
    let folder = out.join("demo");
    fresh(&folder)?;
    copy(source, &folder)?;
    for name in ["segue-monitor", "segue-sim"] {
        copy(&out.join(name), &folder.join(name))?;
    }
    Ok(())
}

fn fresh(folder: &Path) -> Result {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))
}

/// The files of a folder into another.
fn copy(from: &Path, to: &Path) -> Result {
    std::fs::create_dir_all(to).map_err(|e| format!("{}: {e}", to.display()))?;
    let files = std::fs::read_dir(from).map_err(|e| format!("{}: {e}", from.display()))?;
    for file in files.flatten().filter(|f| f.path().is_file()) {
        std::fs::copy(file.path(), to.join(file.file_name()))
            .map_err(|e| format!("{}: {e}", file.path().display()))?;
    }
    Ok(())
}

/// Prints what has to be fetched, and holds the monitor to its promise.
fn sizes(out: &Path) -> Result {
    let sum = |package: &str, files: &[&str]| -> Result<usize> {
        let mut sum = 0;
        for file in files {
            let path = out.join(package).join(file);
            let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
            let packed = gzip.write_all(&bytes).and_then(|()| gzip.finish());
            sum += packed.map_err(|e| format!("gzip: {e}"))?.len();
        }
        Ok(sum)
    };
    let monitor = sum(
        "segue-monitor",
        &["buffer_health_monitoring.js", "buffer_health_monitoring_bg.wasm", "adapters.js", "web.js"],
    )?;
    let sim = sum("segue-sim", &["segue_sim.js", "segue_sim_bg.wasm"])?;
    println!("wasm: segue-monitor {monitor} bytes gzipped (at most {MOST}), segue-sim {sim}");
    if monitor > MOST {
        Err(format!("segue-monitor is {monitor} bytes gzipped, more than {MOST}"))
    } else {
        Ok(())
    }
}

/// What the command says for the setups of the tests.
fn expected(out: &Path) -> Result {
    let setups = [
        ("3g,seed=3", "cbr,duration=120", "bola", "default"),
        ("4g,seed=1", "vbr,duration=120", "robust-mpc", "default:capacity=20,start=4"),
        ("constant,rate=3", "cbr,duration=60,ladder=300/1200/4300", "bba", "default"),
        ("3g,seed=9", "cbr,duration=180", "dynamic-dash", "sabre-09b03bb"),
    ];
    let mut cases = Vec::new();
    for (trace, video, abr, profile) in setups {
        let failed = |e: segue_cli::Error| format!("{abr} on {trace}: {e}");
        let found = segue_cli::load_traces(&[format!("preset:{trace}")], None, 5).map_err(failed)?;
        let media = segue_cli::load_video(&format!("preset:{video}"), None, 5).map_err(failed)?;
        let set = sim::profile(profile).map_err(|e| e.to_string())?;
        let models = Models::new::<&str>(&[]).map_err(failed)?;
        let run = segue_cli::run(&found.traces[0], &media, abr, &set, 5, &models).map_err(failed)?;
        let said: serde_json::Value =
            serde_json::from_str(&run.to_json().map_err(failed)?).map_err(|e| e.to_string())?;
        let setup =
            serde_json::json!({ "trace": trace, "video": video, "abr": abr, "profile": profile, "seed": 5 });
        cases.push(serde_json::json!({ "setup": setup, "said": said }));
    }
    let path = out.join("expected.json");
    let text = serde_json::Value::from(cases).to_string();
    std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
}

fn tests(source: &Path, out: &Path) -> Result {
    let node = |file: &str| {
        let mut command = Command::new("node");
        command
            .current_dir(source)
            .env("SEGUE_WASM", absolute(out))
            .arg("--test")
            .arg(format!("tests/{file}"));
        command
    };
    if Command::new("node").arg("--version").output().is_err() {
        return skipped("wasm: no node, at least 20; the packages are built and not tested");
    }
    call(&mut node("node.test.mjs"))?;
    match ["chromedriver", "/usr/bin/chromedriver"]
        .iter()
        .find(|p| Command::new(p).arg("--version").output().is_ok())
    {
        None => skipped(
            "wasm: no chromedriver (Debian: apt install chromium chromium-driver); not tested in a browser",
        ),
        Some(driver) => call(node("browser.test.mjs").env("CHROMEDRIVER", driver)),
    }
}

/// Says loudly what was not tested, and counts it.
fn skipped(what: &str) -> Result {
    println!("SKIPPED {what}");
    let Some(list) = std::env::var_os("SEGUE_SKIPPED") else { return Ok(()) };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(list);
    file.and_then(|mut f| writeln!(f, "{what}")).map_err(|e| format!("$SEGUE_SKIPPED: {e}"))
}
