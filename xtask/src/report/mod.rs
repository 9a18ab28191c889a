//! The page that teaches: the main job on built-in input, question by question, with all charts as files beside it.

mod fixed_step;
mod live;
mod said;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use media::Video;
use netmodel::Trace;
use plot::Chart;
use segue_cli::report::{Figure, Page, Part, Section, Told};
use segue_cli::{Models, Plan, Run};
use sim::Profile;

use crate::{Result, root};
use said::Said;

const RULES: [&str; 8] = ["throughput", "rate", "buffer", "bba", "bola", "bola-e", "dynamic", "robust-mpc"];
/// The models; charts are about the first.
const MODELS: [&str; 3] = ["pensieve-lin", "yin", "bola"];
const VIDEO: &str = "preset:vbr,ladder=pensieve,duration=300,seed=1";
const PROFILE: &str = "default";
/// Traces of each network preset, seeds 1 to this.
const SEEDS: u64 = 10;
const PRESETS: [&str; 3] = ["3g", "4g,mean=3", "5g,mean=3"];
/// The session that is looked at first: its stalls are long enough to be seen.
const FIRST: (&str, &str) = ("preset:3g,seed=5", "dynamic");
/// The network on which rules are shown beside one another.
const SHOWN: &str = "preset:4g,mean=1.2,seed=4";
/// The rules that are explained, from the simplest idea to the others.
const EXPLAINED: [&str; 3] = ["throughput", "bba", "bola"];

pub(crate) fn run() -> Result {
    let index = make(&root().join("target/report"), SEEDS)?;
    let full = index.canonicalize().unwrap_or(index);
    println!("report: {}", full.display());
    Ok(())
}

/// Makes the page in a folder, of so many traces of each preset.
fn make(folder: &Path, seeds: u64) -> Result<PathBuf> {
    let compared = folder.join("compare");
    segue_cli::files::make_folder(&compared).map_err(|e| e.to_string())?;
    let video = segue_cli::load_video(VIDEO, None, 0).map_err(|e| e.to_string())?;
    let profile = sim::profile(PROFILE).map_err(|e| e.to_string())?;
    let models = Models::new(&MODELS).map_err(|e| e.to_string())?;
    let specs = trace_specs(seeds);
    let found = segue_cli::load_traces(&specs, None, 0).map_err(|e| e.to_string())?;
    compare(&found, seeds, &video, &profile, &models, &compared)?;
    let told = Told::read(&compared).map_err(|e| e.to_string())?.named("target/report/compare");

    println!("report: single sessions, decision maps, networks");
    let played = |network: &'static str, rule: &str| -> Result<Shown> {
        let link = segue_cli::load_traces(&[network], None, 0).map_err(|e| e.to_string())?.traces.remove(0);
        let run = segue_cli::run(&link, &video, rule, &profile, 0, &models).map_err(|e| e.to_string())?;
        let chart = run.chart(&link, &profile);
        Ok(Shown { network, run, chart })
    };
    let first = played(FIRST.0, FIRST.1)?;
    let others = EXPLAINED.map(|rule| played(SHOWN, rule)).into_iter().collect::<Result<Vec<Shown>>>()?;
    let mut sections = vec![one_session(&first, folder)?, same_network(&others, folder)?];
    sections.push(decision_maps(&video, &profile, folder)?);
    let mut of_comparison = told.sections().map_err(|e| e.to_string())?;
    let numbers = of_comparison.pop();
    sections.extend(of_comparison);
    sections.push(networks(&found.traces, seeds, folder)?);
    println!("report: systems that move in fixed steps");
    sections.push(fixed_step::section(folder)?);
    println!("report: a live event");
    sections.push(live::section(folder)?);
    sections.extend(numbers);

    let page = Page {
        title: "What does a viewer get?".to_string(),
        lead: "Blue is what the network carries. The line is the picture that the player chose. Red: the picture stands \
               still."
            .to_string(),
        picture: first_picture(&first, folder)?,
        sections,
    };
    let index = folder.join("index.html");
    page.write(&index).map_err(|e| e.to_string())?;
    Ok(index)
}

/// Every rule on every network, and the optimum, into a folder.
fn compare(
    found: &segue_cli::Traces,
    seeds: u64,
    video: &Video,
    profile: &Profile,
    models: &Models,
    folder: &Path,
) -> Result {
    let rules = RULES.map(str::to_string);
    let traces = &found.traces;
    let plan = Plan { traces, video, rules: &rules, baseline: 0, profile, seed: 0, models };
    let said = Said::new("sessions", rules.len() * traces.len());
    let comparison = segue_cli::compare(&plan, &|| said.step()).map_err(|e| e.to_string())?;
    drop(said);
    let said = Said::new("optima", traces.len());
    let optima = segue_cli::optima(&plan, &|| said.step()).map_err(|e| e.to_string())?;
    drop(said);
    let mut comparison = comparison.in_classes(&found.classes).against(optima);
    comparison.command = compare_command(seeds);
    let said = Said::new("charts", comparison.charts().len());
    comparison.write(folder, &|| said.step()).map_err(|e| e.to_string())
}

fn trace_specs(seeds: u64) -> Vec<String> {
    let mut specs = vec![root().join("fixtures/traces").to_string_lossy().into_owned()];
    for preset in PRESETS {
        specs.extend((1..=seeds).map(|seed| format!("preset:{preset},seed={seed}")));
    }
    specs
}

/// The same as it is typed in the root of the repository.
fn trace_words(seeds: u64) -> Vec<String> {
    let presets = PRESETS.map(|preset| format!("preset:{preset},seed=1..{seeds}"));
    [vec!["fixtures/traces".to_string()], presets.to_vec()].concat()
}

/// The command that makes the comparison of this page, in the root of the repository.
fn compare_command(seeds: u64) -> String {
    let all =
        |name: &str, words: &[String]| words.iter().map(|w| format!(" --{name} {w}")).collect::<String>();
    let traces = all("trace", &trace_words(seeds));
    let rules = all("abr", &RULES.map(str::to_string));
    let models = all("qoe", &MODELS.map(str::to_string));
    format!("segue compare{traces} --video {VIDEO}{rules}{models} --optimum")
}

struct Shown {
    network: &'static str,
    run: Run,
    chart: Chart,
}

impl Shown {
    fn rule(&self) -> &str {
        &self.run.session.abr
    }

    fn name(&self) -> String {
        format!("session-{}", self.rule())
    }

    fn command(&self) -> String {
        let (network, rule, name) = (self.network, self.rule(), self.name());
        format!("segue run --trace {network} --video {VIDEO} --abr {rule} --chart {name}.png")
    }

    fn figure(&self, folder: &Path, caption: &str) -> Result<Figure> {
        let files = folder.join(self.name());
        Figure::save(&self.chart, &files, caption, &self.command()).map_err(|e| e.to_string())
    }
}

/// The rates of one session, with as few words as a first look needs.
fn first_picture(shown: &Shown, folder: &Path) -> Result<Figure> {
    let mut chart = shown.chart.clone();
    chart.title.clear();
    chart.subtitle.clear();
    chart.legend.clear();
    chart.notes.clear();
    chart.panels.truncate(1);
    chart.panels[0].y.label = "megabits per second".to_string();
    chart.panels[0].x.label = "time in seconds".to_string();
    chart.size = (960.0, 380.0);
    Figure::of(&chart, &folder.join(shown.name()), "", &shown.command()).map_err(|e| e.to_string())
}

fn one_session(shown: &Shown, folder: &Path) -> Result<Section> {
    let mut section = Section::new("What does a session look like?");
    let k = &shown.run.summary;
    section.say(
        "A video is cut into segments of a few seconds, and each of them exists at several bitrates, the rungs of a \
         ladder. Before every segment the player's rule chooses a rung. It knows how fast the last segments came, and \
         how many seconds of video are in its buffer.",
    );
    section.say(
        "In the upper half the line is the bitrate, drawn over the time in which the segment was fetched; the area \
         behind it is what the network could carry. Where the line lies above the area, the buffer in the lower half \
         falls. When it is empty, the picture stands still: that is a stall, in red. Grey at the beginning is the \
         startup, which is no stall.",
    );
    section.show(shown.figure(folder, "")?);
    section.say(format!(
        "This session of the rule {} played {} segments with {:.0} kbit/s in the mean. It began after {:.1} s, stalled {} for {:.1} s \
         in all ({:.1} % of the time), and changed the rung {}.",
        shown.rule(),
        k.segments,
        k.mean_bitrate_kbps.kbps(),
        k.startup_delay_s.get(),
        times(k.stall_count),
        k.stall_s.get(),
        k.stall_ratio * 100.0,
        times(k.switch_count),
    ));
    Ok(section)
}

fn same_network(all: &[Shown], folder: &Path) -> Result<Section> {
    let mut section = Section::new("What do throughput, bba and bola do on the same network?");
    section.say("Same network, same video, same player; only the rule differs. Follow a dip of the network down the page.");
    for one in all {
        let caption = format!("{} {}", idea(one.rule()), in_numbers(one, all));
        section.show(one.figure(folder, &caption)?);
    }
    Ok(section)
}

fn idea(rule: &str) -> &'static str {
    match rule {
        "throughput" => {
            "throughput asks how fast the network was: its line follows the upper edge of the area, a little late and a \
             little lower."
        }
        "bba" => {
            "bba asks only how full the buffer is: the line has the shape of the curve below it, and dips of the \
             network count only once the buffer has felt them."
        }
        "bola" => {
            "bola weighs the picture against the buffer (and what a rung costs): it rises when the buffer does, and \
             holds its rung through short dips."
        }
        _ => "",
    }
}

/// What the numbers of a session are, beside the others of its page.
fn in_numbers(shown: &Shown, all: &[Shown]) -> String {
    let k = &shown.run.summary;
    let kbps = |s: &Shown| s.run.summary.mean_bitrate_kbps.kbps();
    let rank = |better: &dyn Fn(&Shown) -> bool, most: &str, least: &str| match all
        .iter()
        .filter(|r| better(r))
        .count()
    {
        0 => format!(", {most} of the three"),
        n if n + 1 == all.len() => format!(", {least} of the three"),
        _ => String::new(),
    };
    let bitrate = rank(&|s| kbps(s) > kbps(shown), "the highest", "the lowest");
    let stalls = rank(&|s| s.run.summary.stall_s > k.stall_s, "the longest", "the shortest");
    let stalled = match k.stall_count {
        0 => "no stall".to_string(),
        n => format!("{} stalled, {:.1} s in all{stalls}", times(n), k.stall_s.get()),
    };
    format!(
        "Here: {:.0} kbit/s in the mean{bitrate}; {stalled}; the rung changed {}.",
        kbps(shown),
        times(k.switch_count)
    )
}

fn times(n: usize) -> String {
    match n {
        0 => "never".to_string(),
        1 => "once".to_string(),
        2 => "twice".to_string(),
        n => format!("{n} times"),
    }
}

fn decision_maps(video: &Video, profile: &Profile, folder: &Path) -> Result<Section> {
    let mut section = Section::new("What would each rule ask for?");
    section.say(
        "A map has the throughput of the network from left to right and the buffer from bottom to top; the colour is \
         the rung that the rule asks for. Colours that change from left to right only: the rule looks at the network. From \
         bottom to top only: it looks at the buffer. Slanted borders: it looks at both.",
    );
    let mut maps = Vec::new();
    for rule in EXPLAINED {
        let chart = segue_cli::decision_map(rule, video, profile).map_err(|e| e.to_string())?;
        let name = format!("decisions-{rule}");
        let command = format!("segue decisions --abr {rule} --video {VIDEO} -o {name}.png");
        maps.push(Figure::save(&chart, &folder.join(&name), "", &command).map_err(|e| e.to_string())?);
    }
    section.parts.push(Part::SideBySide(maps));
    section.say(
        "bba's borders have steps although it never looks at the network: between its thresholds it keeps the rung it \
         had, and here it had the one that the throughput sustains.",
    );
    Ok(section)
}

fn networks(traces: &[Arc<Trace>], seeds: u64, folder: &Path) -> Result<Section> {
    let mut section = Section::new("Which networks were these?");
    let made = PRESETS.len() * seeds as usize;
    section.say(format!(
        "{} networks: {} synthetic fixtures of the repository, and {made} traces drawn from the presets {}, {seeds} of each. \
         Recorded traces are read in the same way (segue list formats).",
        traces.len(),
        traces.len() - made,
        PRESETS.join("; "),
    ));
    let means: Vec<f64> =
        traces.iter().map(|t| netmodel::stats::Measured::of_trace(t).rates().mean_mbps).collect();
    let (low, high) = means.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), m| (l.min(*m), h.max(*m)));
    section.say(format!("Their mean rates go from {low:.2} to {high:.2} Mbit/s."));
    let chart = segue_cli::traces_chart(traces);
    let command = format!("segue trace plot {} -o traces.png", trace_words(seeds).join(" "));
    section.show(Figure::save(&chart, &folder.join("traces"), "", &command).map_err(|e| e.to_string())?);
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_readable_wide_and_narrow_by_day_and_by_night() {
        let folder = tempfile::tempdir().expect("a folder");
        let page = make(folder.path(), 2).expect("a page");
        let html = std::fs::read_to_string(&page).expect("written");
        assert!(!html.contains("<script"), "it works from a disk");
        for question in [
            "What does a session look like?",
            "What do throughput, bba and bola do on the same network?",
            "What would each rule ask for?",
            "Who wins, and where?",
            "Where do stalls come from?",
            "What would the optimum have done?",
            "Which networks were these?",
            "What do two systems do that move in fixed steps?",
            "Who keeps up with a live event?",
        ] {
            assert!(html.contains(&format!("<h2>{question}</h2>")), "{question}");
        }
        // A command is for every machine.
        let temporary = std::env::temp_dir().display().to_string();
        for (figure, rest) in
            html.split("<figcaption>").skip(1).map(|f| f.split_once("</figcaption>").expect("closed"))
        {
            assert!(figure.contains("<code>segue ") && figure.contains(".csv\""), "{figure}");
            assert!(!figure.contains(&temporary) && !rest.is_empty());
        }
        assert!(
            html.find("<table").expect("numbers") > html.rfind("<svg").expect("pictures"),
            "numbers stand last"
        );

        let Some(chromium) = fixtures::chromium("cargo xtask report") else { return };
        for (size, dark) in
            [((1280, 800), false), ((400, 800), false), ((1280, 800), true), ((400, 800), true)]
        {
            let look = fixtures::look(&chromium, &page, size, dark);
            assert!(look.console.is_empty(), "{size:?}: {:?}", look.console);
            assert!(look.overflow <= 0, "{size:?}: {} px too wide", look.overflow);
            assert_eq!((look.pictures, look.dark), (1, dark), "{size:?}");
            assert!(look.words.len() <= 40, "{size:?}: {:?}", look.words);
            let short = look.words.iter().find(|w| w.chars().filter(|c| c.is_uppercase()).count() > 1);
            assert!(short.is_none() && !look.words.iter().any(|w| w.contains("bit/s")), "{:?}", look.words);
            assert!(look.smallest_letters >= 8.0, "{size:?}: letters of {} px", look.smallest_letters);
        }
    }
}
