//! What a comparison says, question by question. Every number in a sentence is computed from the files of the comparison.

use std::path::{Path, PathBuf};

use plot::{Difference, Differences, DifferencesIn, Estimate, Measure as Quantity, StalledByClass};

use super::digest::{self, Digest, Gain, Interval, Measure};
use super::page::{Figure, Numbers, Part, Section, with_ending};
use crate::Error;
use crate::text::{counted, p_value, short};

/// Below this p, adjusted, a difference is supported.
const ALPHA: f64 = 0.05;
/// The most rules in the first picture.
const FIRST_RULES: usize = 7;

/// A comparison on disk, and what is told of it.
#[derive(Debug)]
pub struct Told {
    folder: PathBuf,
    /// The folder as commands name it.
    named: String,
    digest: Digest,
    gains: Vec<Gain>,
}

impl Told {
    /// Reads the folder that `segue compare -o` wrote.
    ///
    /// # Errors
    /// [`Error::Input`] for a folder that holds no comparison.
    pub fn read(folder: &Path) -> Result<Told, Error> {
        let digest = Digest::read(folder)?;
        let named = crate::files::quoted(&folder.to_string_lossy());
        Ok(Told { folder: folder.to_path_buf(), named, gains: digest::gains(folder)?, digest })
    }

    /// The same with another name of the folder in the commands that make it.
    #[must_use]
    pub fn named(self, folder: &str) -> Told {
        Told { named: folder.to_string(), ..self }
    }

    /// The first picture, and the words under it.
    pub fn first(&self) -> Result<(Figure, String), Error> {
        let (_, measure) = self.digest.first();
        let baseline = &self.digest.baseline;
        let mut rules = differences(measure);
        rules.sort_by(|a, b| b.difference.value.total_cmp(&a.difference.value));
        let finite = rules.iter().any(|r| r.difference.value.is_finite());
        if !finite {
            return Ok((
                self.stalled_picture()?,
                "How much of the time the picture stood still.".to_string(),
            ));
        }
        // Long names would fill the screen.
        let most = if rules.iter().any(|r| r.rule.contains(' ')) { 3 } else { FIRST_RULES };
        let all = rules.len();
        while rules.len() > most {
            // The ends say most.
            rules.remove(rules.len() / 2);
        }
        let label = "score";
        let measures = [DifferencesIn {
            measure: Quantity { label, column: "qoe" },
            more_is_better: measure.better == "more",
            rules,
        }];
        let mut chart = Differences { title: "", baseline, measures: &measures, test: "" }.chart();
        chart.title.clear();
        chart.subtitle.clear();
        chart.legend.clear();
        chart.panels[0].x.label = "difference in score".to_string();
        chart.size = (900.0, 60.0 + chart.size.1 * 0.75);
        let rest = if all > most { " (some are not shown)" } else { "" };
        let lead = format!(
            "Right of the line viewers are better off than with {baseline}, left worse. Grey: not proven{rest}."
        );
        let files = self.folder.join("differences");
        Ok((Figure::of(&chart, &files, "", &self.command())?, lead))
    }

    fn stalled_picture(&self) -> Result<Figure, Error> {
        let rules: Vec<String> =
            self.digest.stalled.0.iter().take(FIRST_RULES).map(|(rule, _)| rule.clone()).collect();
        let value = |rule: &String| self.stalled(rule).unwrap_or(f64::NAN);
        let classes = [(String::new(), rules.iter().map(value).collect())];
        let measure = Quantity { label: "stalled time in percent", column: "stalled_percent" };
        let chart = StalledByClass { title: "", measure, rules: &rules, classes: &classes }.chart();
        Figure::of(&chart, &self.folder.join("stalls"), "", &self.command())
    }

    /// The command that made the folder.
    fn command(&self) -> String {
        let command = if self.digest.command.is_empty() { "segue compare ..." } else { &self.digest.command };
        format!("{command} -o {}", self.named)
    }

    fn stalled(&self, rule: &str) -> Option<f64> {
        self.digest.stalled.get(rule)?.as_ref()?.percent
    }

    /// The questions that a comparison answers; those without an answer are left out.
    ///
    /// # Errors
    /// [`Error::Input`] for pictures that cannot be read.
    pub fn sections(&self) -> Result<Vec<Section>, Error> {
        let mut sections = vec![self.who_wins()?, self.stalls()?];
        sections.extend(self.parameter()?);
        sections.push(self.score()?);
        sections.extend(self.optimum()?);
        sections.push(self.sessions()?);
        sections.push(self.numbers());
        sections.retain(|s| !s.parts.is_empty());
        Ok(sections)
    }

    /// The chart of a name, where there is one.
    fn figure(&self, name: &str, caption: &str) -> Result<Option<Figure>, Error> {
        let files = self.folder.join(name);
        let read = |ending: &str| {
            let path = with_ending(&files, ending);
            match path.is_file() {
                true => std::fs::read_to_string(&path).map(Some).map_err(|e| Error::input(path.display(), e)),
                false => Ok(None),
            }
        };
        let Some(wide) = read("svg")? else { return Ok(None) };
        let narrow = read("narrow.svg")?.unwrap_or_default();
        if ![&wide, &narrow].iter().all(|svg| is_drawing(svg)) {
            return Err(Error::input(with_ending(&files, "svg").display(), "is no picture of segue compare"));
        }
        Ok(Some(Figure { caption: caption.to_string(), wide, narrow, files, command: self.command() }))
    }

    fn show(&self, section: &mut Section, name: &str, caption: &str) -> Result<(), Error> {
        if let Some(figure) = self.figure(name, caption)? {
            section.show(figure);
        }
        Ok(())
    }

    fn who_wins(&self) -> Result<Section, Error> {
        let d = &self.digest;
        let (model, measure) = d.first();
        let mut section = Section::new("Who wins, and where?");
        let what = if d.factors.iter().any(|f| f.name != "abr") { "combination" } else { "rule" };
        let networks = counted(d.traces.len(), "network");
        section.say(format!(
            "{} played the video {} on {networks}, with the player {}: {}, {} hours of watching. The score is the \
             quality of experience (QoE) by {model}: one number for how a session felt, of which {} is better.",
            counted(d.rules().len(), what),
            d.video,
            d.profile,
            counted(d.sessions.len(), "session"),
            format_args!("{:.1}", d.hours),
            measure.better,
        ));
        let all = differences(measure);
        if all.iter().any(|r| r.difference.value.is_finite()) {
            section.say(verdict(&d.baseline, &all, measure.better == "more", "Over all networks"));
        } else if d.rules().len() > 1 {
            section.say("One network says nothing about others: give more of them to compare rules.");
        }
        self.show(
            &mut section,
            "differences",
            "The mean difference to the baseline and its 95 % interval, paired by network. Where the interval of \
             a difference includes zero, nothing is shown, however far the mean is from it.",
        )?;
        let per_class: Vec<String> =
            d.classes().iter().filter(|_| d.classes().len() > 1).filter_map(|c| self.in_class(c)).collect();
        if !per_class.is_empty() {
            section.say("By class of network it reads:");
            section.parts.push(Part::List(per_class));
        }
        self.show(
            &mut section,
            "gains",
            "Each cell is the gain over the baseline in percent of its mean. Only what a test supports has a colour.",
        )?;
        self.show(
            &mut section,
            "qoe-paired",
            "Every bar is one network, the best for the rule first: a mean can hide that a rule wins on many and \
             loses on a few.",
        )?;
        Ok(section)
    }

    /// What is supported on one class of networks.
    fn in_class(&self, class: &str) -> Option<String> {
        let of = |g: &&Gain| g.column.rsplit_once(" (").is_some_and(|(name, _)| name == class);
        let cells: Vec<&Gain> = self.gains.iter().filter(of).collect();
        let names = |better: bool| -> Vec<&str> {
            let supported = cells.iter().filter(|g| !g.marks.is_empty());
            let side = supported.filter(|g| g.gain_percent.is_some_and(|p| (p > 0.0) == better));
            side.map(|g| g.rule.as_str()).collect()
        };
        let (better, worse) = (names(true), names(false));
        let baseline = &self.digest.baseline;
        let text = match (&better[..], &worse[..]) {
            _ if cells.is_empty() => return None,
            ([], []) => format!("nothing is supported, neither for {baseline} nor against it"),
            (up, []) => format!("{} better than {baseline}", are(up)),
            ([], down) => format!("{} worse than {baseline}", are(down)),
            (up, down) => format!("{} better than {baseline}, {} worse", are(up), are(down)),
        };
        let open = cells.len() - better.len() - worse.len();
        let rest = match open {
            0 => String::new(),
            _ if better.is_empty() && worse.is_empty() => String::new(),
            1 => "; the other difference is not supported".to_string(),
            n => format!("; the other {n} differences are not supported"),
        };
        Some(format!("On {class}: {text}{rest}."))
    }

    fn stalls(&self) -> Result<Section, Error> {
        let d = &self.digest;
        let mut section = Section::new("Where do stalls come from?");
        let total: f64 = d.sessions.iter().map(|s| s.stall_s).sum();
        if total <= 0.0 {
            section.say("Nowhere: no session stalled.");
            self.show(&mut section, "stalls-and-bitrate", "")?;
            return Ok(section);
        }
        let shares: Vec<(&str, f64)> =
            d.stalled.0.iter().filter_map(|(r, s)| Some((r.as_str(), s.as_ref()?.percent?))).collect();
        if let Some([least, most]) = least_and_most(&shares) {
            section.say(format!(
                "{} stalls for {} of the time that was watched, {} for {}.",
                least.0,
                percent(least.1),
                most.0,
                percent(most.1)
            ));
        }
        let of_class =
            |class: &str| -> f64 { d.sessions.iter().filter(|s| s.class == class).map(|s| s.stall_s).sum() };
        let classes = d.classes();
        if let Some(worst) = classes.iter().max_by(|a, b| of_class(a).total_cmp(&of_class(b)))
            && classes.len() > 1
        {
            let watched: f64 = d.sessions.iter().map(|s| s.wall_s).sum();
            let there: f64 = d.sessions.iter().filter(|s| s.class == **worst).map(|s| s.wall_s).sum();
            section.say(format!(
                "{} of all stalled time is on {worst}, which is {} of all time.",
                percent(of_class(worst) / total * 100.0),
                percent(there / watched * 100.0)
            ));
        }
        section.say(concentration(d, total));
        self.show(
            &mut section,
            "stalls",
            "The share of stalled time of every rule, by class of network, all with the same axis.",
        )?;
        self.show(
            &mut section,
            "stalls-and-bitrate",
            "Stalls are the price of a high bitrate: up and to the right is better. Which of these differences are \
             supported is said in the chart of differences.",
        )?;
        self.show(&mut section, "pareto", "What no other rule beats in both.")?;
        Ok(section)
    }

    fn parameter(&self) -> Result<Option<Section>, Error> {
        let mut section = Section::new("What does the parameter do?");
        self.show(&mut section, "heat-map", "The mean score over both parameters.")?;
        self.show(&mut section, "curve", "The mean score and its 95 % interval at every value.")?;
        if section.parts.is_empty() {
            return Ok(None);
        }
        let (_, measure) = self.digest.first();
        let means = measure.rules.0.iter().filter_map(|(rule, s)| Some((rule, s.mean?)));
        if let Some((rule, mean)) = means.max_by(|a, b| a.1.total_cmp(&b.1)) {
            let levels: usize = self.digest.factors.iter().map(|f| f.levels.len()).product();
            section.parts.insert(
                0,
                Part::Words(format!(
                    "Of {levels} combinations the highest mean is that of {rule}, {}. A flat curve says that the value \
                     hardly matters; the intervals say how sure that is.",
                    short(mean)
                )),
            );
        }
        Ok(Some(section))
    }

    fn score(&self) -> Result<Section, Error> {
        let mut section = Section::new("What is the score made of?");
        self.show(
            &mut section,
            "qoe-components",
            "What adds to the score goes right, what takes away goes left; the diamond is what remains.",
        )?;
        self.show(&mut section, "bitrates", "How long each rung of the ladder played.")?;
        if !section.parts.is_empty() {
            let stalled = self.digest.stalled.0.iter().filter_map(|(r, s)| Some((r, s.as_ref()?.percent?)));
            if let Some((rule, percent)) = stalled.min_by(|a, b| a.1.total_cmp(&b.1)) {
                section.parts.insert(
                    0,
                    Part::Words(format!(
                        "A score weighs picture against stalls and changes. {rule} stalls least ({} of the time); the bars \
                         say what it gives up for that.",
                        self::percent(percent)
                    )),
                );
            }
        }
        Ok(section)
    }

    fn optimum(&self) -> Result<Option<Section>, Error> {
        let Some(optimum) = &self.digest.optimum else { return Ok(None) };
        let mut section = Section::new("What would the optimum have done?");
        section.say(format!(
            "With the whole network known in advance, the best choice of every segment can be searched for. What a rule \
             misses to it by {} is its regret. The best is proven to half a percent on {} of {} networks.",
            optimum.model,
            self.digest.traces.len() - optimum.unproven.len(),
            self.digest.traces.len()
        ));
        let regret = self.digest.measures.get("regret");
        let means: Vec<(&str, f64)> = regret.map_or(vec![], |m| {
            m.rules.0.iter().filter_map(|(rule, s)| Some((rule.as_str(), s.mean?))).collect()
        });
        if let Some([least, most]) = least_and_most(&means) {
            section.say(format!(
                "{} misses least, {} in the mean; {} most, {}.",
                least.0,
                short(least.1),
                most.0,
                short(most.1)
            ));
        }
        // Where scores are negative a share means nothing.
        let shares = optimum.share_percent.0.iter().filter_map(|(r, s)| Some((r, (*s)?)));
        let shares = shares.filter(|s| (0.0..=100.0).contains(&s.1));
        if let Some((rule, share)) = shares.max_by(|a, b| a.1.total_cmp(&b.1)) {
            section.say(format!(
                "The highest mean share of the optimum is that of {rule}: {} (of the networks whose optimum is above zero).",
                percent(share)
            ));
        }
        self.show(&mut section, "regret", "At each value, the share of sessions that miss at most so much.")?;
        Ok(Some(section))
    }

    fn sessions(&self) -> Result<Section, Error> {
        let d = &self.digest;
        let mut section = Section::new("How different are the sessions?");
        let (model, _) = d.first();
        let scores = d.sessions.iter().filter_map(|s| Some((s, (*s.qoe.get(model)?)?)));
        let by = |a: &(&digest::Session, f64), b: &(&digest::Session, f64)| a.1.total_cmp(&b.1);
        if let (Some(worst), Some(best)) = (scores.clone().min_by(by), scores.max_by(by)) {
            let named = |s: &digest::Session| match s.factors.0.is_empty() {
                true => s.abr.clone(),
                false => s.factors.0.iter().map(|f| f.1.as_str()).collect::<Vec<_>>().join(", "),
            };
            section.say(format!(
                "Networks differ more than rules do: the worst session has {} ({} on {}), the best {} ({} on {}).",
                short(worst.1),
                named(worst.0),
                worst.0.trace,
                short(best.1),
                named(best.0),
                best.0.trace
            ));
        }
        self.show(
            &mut section,
            "qoe-ecdf",
            "At each score, the share of sessions that reach at most so much.",
        )?;
        let same = d
            .sessions
            .chunk_by(|a, b| a.trace == b.trace)
            .all(|one| one.iter().all(|s| s.startup_delay_s == one[0].startup_delay_s));
        if same && d.rules().len() > 1 {
            let delays = d.sessions.iter().map(|s| s.startup_delay_s);
            let (low, high) = delays.fold((f64::INFINITY, 0.0_f64), |(l, h), x| (l.min(x), h.max(x)));
            section.say(format!(
                "The startup delay is the same for all rules on every network, from {low:.1} s to {high:.1} s: they \
                 begin with the same rung."
            ));
        } else {
            self.show(&mut section, "startup", "How long viewers wait for the first picture.")?;
        }
        Ok(section)
    }

    fn numbers(&self) -> Section {
        let mut section = Section::new("All numbers");
        if !self.digest.findings.is_empty() {
            section.parts.push(Part::List(self.digest.findings.clone()));
        }
        for (_, measure) in &self.digest.measures.0 {
            section.parts.push(Part::Numbers(numbers(measure)));
        }
        let files = ["sessions.csv", "summary.json"].map(|n| (n.to_string(), self.folder.join(n)));
        section.parts.push(Part::Files(files.to_vec()));
        section
    }
}

/// Whether a file is one drawing and nothing else: what stands in a page must not bring anything along.
fn is_drawing(svg: &str) -> bool {
    let low = svg.to_ascii_lowercase();
    svg.is_empty()
        || (low.starts_with("<svg ")
            && !["<script", "javascript:", "<foreignobject", " on"].iter().any(|bad| match *bad {
                " on" => low.contains(" onload") || low.contains(" onclick") || low.contains(" onerror"),
                bad => low.contains(bad),
            }))
}

fn differences(measure: &Measure) -> Vec<Difference> {
    let of = |interval: &Option<Interval>, end: fn(&Interval) -> Option<f64>| {
        interval.as_ref().and_then(end).unwrap_or(f64::NAN)
    };
    let compared = measure.rules.0.iter().filter_map(|(rule, s)| Some((rule, s.vs_baseline.as_ref()?)));
    compared
        .map(|(rule, v)| Difference {
            rule: rule.clone(),
            difference: Estimate {
                value: v.mean.unwrap_or(f64::NAN),
                low: of(&v.ci95, |i| i.low),
                high: of(&v.ci95, |i| i.high),
            },
            supported: v.p_holm.is_some_and(|p| p < ALPHA) && v.mean.is_some_and(|m| m != 0.0),
        })
        .collect()
}

/// The least and the most of several.
fn least_and_most<'a>(all: &[(&'a str, f64)]) -> Option<[(&'a str, f64); 2]> {
    let by = |a: &&(&str, f64), b: &&(&str, f64)| a.1.total_cmp(&b.1);
    Some([*all.iter().min_by(by)?, *all.iter().max_by(by)?]).filter(|_| all.len() > 1)
}

/// What is supported and what is not, in one or two sentences.
fn verdict(baseline: &str, all: &[Difference], more_is_better: bool, where_: &str) -> String {
    let names = |supported: bool, better: Option<bool>| -> Vec<&str> {
        let side =
            |d: &&Difference| better.is_none_or(|b| ((d.difference.value > 0.0) == more_is_better) == b);
        all.iter().filter(|d| d.supported == supported).filter(side).map(|d| d.rule.as_str()).collect()
    };
    let (better, worse, open) = (names(true, Some(true)), names(true, Some(false)), names(false, None));
    let mut sentences = Vec::new();
    if !better.is_empty() {
        sentences.push(format!("{where_}, {} better than {baseline}.", are(&better)));
    }
    if !worse.is_empty() {
        sentences.push(format!("{where_}, {} worse than {baseline}.", are(&worse)));
    }
    match &open[..] {
        [] => {}
        _ if sentences.is_empty() => sentences.push(format!(
            "{where_}, no difference to {baseline} is supported: more networks would be needed."
        )),
        [one] => sentences.push(format!("For {one} no difference is supported.")),
        many => sentences.push(format!("For {} no difference is supported.", listed(many))),
    }
    sentences.join(" ")
}

fn are(names: &[&str]) -> String {
    format!("{} {}", listed(names), if names.len() == 1 { "is" } else { "are" })
}

/// `a, b and c`; many are counted.
fn listed(names: &[&str]) -> String {
    const MOST: usize = 8;
    // Names of combinations have commas of their own.
    let between = if names.iter().any(|n| n.contains(", ")) { "; " } else { ", " };
    match names {
        [] => String::new(),
        [one] => (*one).to_string(),
        many if many.len() > MOST => {
            format!("{} and {} others", many[..MOST - 1].join(between), many.len() - MOST + 1)
        }
        [first @ .., last] => format!("{} and {last}", first.join(between)),
    }
}

/// How much of all stalled time the worst tenth of the sessions has.
fn concentration(d: &Digest, total: f64) -> String {
    let mut stalled: Vec<f64> = d.sessions.iter().map(|s| s.stall_s).collect();
    stalled.sort_by(|a, b| b.total_cmp(a));
    let worst = stalled.len().div_ceil(10);
    let none = stalled.iter().filter(|s| **s == 0.0).count();
    format!(
        "{none} of {} never stall; the worst {worst} have {} of all stalled time.",
        counted(stalled.len(), "session"),
        percent(stalled[..worst].iter().sum::<f64>() / total * 100.0)
    )
}

/// `3.7 %`, and no less than can be read.
fn percent(value: f64) -> String {
    match value {
        v if v > 0.0 && v < 0.05 => "less than 0.1 %".to_string(),
        v => format!("{v:.1} %"),
    }
}

fn numbers(measure: &Measure) -> Numbers {
    let more = measure.better == "more";
    let number = |x: Option<f64>| x.map_or("–".to_string(), short);
    let half = |i: &Option<Interval>| {
        let half = i.as_ref().and_then(|i| Some((i.high? - i.low?) / 2.0));
        half.map_or("–".to_string(), short)
    };
    let row = |(rule, s): &(String, digest::Statistics)| {
        let versus = s.vs_baseline.as_ref();
        vec![
            rule.clone(),
            number(s.mean),
            half(&s.mean_ci95),
            number(s.median),
            number(if more { s.p5 } else { s.p95 }),
            versus.map_or(String::new(), |v| number(v.mean)),
            versus.map_or(String::new(), |v| half(&v.ci95)),
            versus.and_then(|v| v.p_holm).map_or(String::new(), p_value),
        ]
    };
    let tail = if more { "5th percentile" } else { "95th percentile" };
    let head = ["", "mean", "±", "median", tail, "difference", "±", "p (Holm)"];
    Numbers {
        caption: format!("{}, {} is better", measure.label, measure.better),
        head: head.map(String::from).to_vec(),
        rows: measure.rules.0.iter().map(row).collect(),
    }
}
