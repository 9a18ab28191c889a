//! What is compared with what: every combination of the levels of rule, video, profile, impairments and seed.

use std::sync::Arc;

use abr::RuleSource;
use media::Video;
use netmodel::Trace;
use serde::Serialize;
use sim::Profile;

use crate::{Error, Models, load, models};

/// The most combinations of one comparison.
const MOST: usize = 10_000;

/// Something that varies in a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Factor {
    /// What it is: `abr`, `video`, `profile`, `impair` or `seed`.
    pub name: &'static str,
    /// Its levels as they were given; the first is the one that the others are compared with.
    pub levels: Vec<String>,
}

/// One combination of the levels.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Variant {
    /// What it is called: the levels of what varies.
    pub name: String,
    pub abr: String,
    pub video: String,
    /// The player, with the impairments of its link.
    pub profile: String,
    pub seed: u64,
    pub levels: Vec<usize>,
    /// Indices into the videos and profiles of the grid.
    pub(super) video_at: usize,
    pub(super) profile_at: usize,
}

/// What a comparison is about: traces, and the levels of all that may vary.
#[derive(Clone, Debug)]
pub(super) struct Grid<'a, R> {
    pub(super) rules: &'a [R],
    pub(super) traces: &'a [Arc<Trace>],
    pub(super) videos: Vec<&'a Video>,
    pub(super) profiles: Vec<&'a Profile>,
    pub(super) models: &'a Models,
    pub(super) factors: Vec<Factor>,
    /// The first has the first level of every factor.
    pub(super) variants: Vec<Variant>,
    pub(super) baseline: usize,
}

/// The levels of what may vary, as a command line gives them.
pub(super) struct Levels<'a, R> {
    pub(super) abr: &'a [R],
    pub(super) videos: &'a [(String, Video)],
    /// Profile, impairments, and both together.
    pub(super) profiles: &'a [String],
    pub(super) impairments: &'a [String],
    /// Every profile with every list of impairments; the impairments vary faster.
    pub(super) built: &'a [Profile],
    pub(super) seeds: &'a [u64],
}

impl<'a, R: RuleSource> Grid<'a, R> {
    /// All combinations of these levels, the rule varying fastest. `baseline` is the level of the rule that the others are
    /// compared with.
    pub(super) fn new(
        traces: &'a [Arc<Trace>],
        levels: &Levels<'a, R>,
        models: &'a Models,
        baseline: usize,
    ) -> Result<Grid<'a, R>, Error> {
        let abr: Vec<String> = levels.abr.iter().map(|r| r.name().to_string()).collect();
        let names = |list: &[String]| list.to_vec();
        let all = [
            ("abr", abr.clone()),
            ("video", levels.videos.iter().map(|(spec, _)| spec.clone()).collect()),
            ("profile", names(levels.profiles)),
            ("impair", names(levels.impairments)),
            ("seed", levels.seeds.iter().map(u64::to_string).collect()),
        ];
        let count: usize = all.iter().map(|(_, l)| l.len()).product();
        if count > MOST {
            let problem = format!("{count} combinations to compare, expected at most {MOST}");
            return Err(Error::Input(problem));
        }
        for (name, list) in &all {
            models::once(name, list)?;
        }
        let varying: Vec<bool> = all.iter().map(|(_, l)| l.len() > 1).collect();
        // A comparison of one rule with nothing is still one of rules.
        let shown = |f: usize| varying[f] || (f == 0 && !varying.iter().any(|v| *v));
        let mut variants = Vec::with_capacity(count);
        for (s, seed) in levels.seeds.iter().enumerate() {
            for p in 0..levels.profiles.len() {
                for i in 0..levels.impairments.len() {
                    for (v, (_, video)) in levels.videos.iter().enumerate() {
                        for (a, abr) in abr.iter().enumerate() {
                            let at = [a, v, p, i, s];
                            let parts: Vec<String> = (0..all.len())
                                .filter(|f| shown(*f))
                                .map(|f| short(&all[f].1, at[f], all[f].0))
                                .collect();
                            let profile_at = p * levels.impairments.len() + i;
                            variants.push(Variant {
                                name: parts.join(", "),
                                abr: abr.clone(),
                                video: video.name().to_string(),
                                profile: levels.built[profile_at].name.clone(),
                                seed: *seed,
                                levels: (0..all.len()).filter(|f| varying[*f]).map(|f| at[f]).collect(),
                                video_at: v,
                                profile_at,
                            });
                        }
                    }
                }
            }
        }
        let factors: Vec<Factor> = all
            .into_iter()
            .filter(|(_, levels)| levels.len() > 1)
            .map(|(name, levels)| Factor { name, levels })
            .collect();
        Ok(Grid {
            rules: levels.abr,
            traces,
            videos: levels.videos.iter().map(|(_, video)| video).collect(),
            profiles: levels.built.iter().collect(),
            models,
            factors,
            variants,
            baseline,
        })
    }
}

/// A level among others, without the name that all of them share: `capacity=10` of `default:capacity=10`. A rule keeps its
/// name, and a seed or a file says what it is.
fn short(levels: &[String], at: usize, factor: &str) -> String {
    let level = &levels[at];
    match factor {
        "abr" => level.clone(),
        "seed" => format!("seed {level}"),
        "video" if !level.starts_with(load::PRESET) => {
            let stem = |l: &String| {
                let name = std::path::Path::new(l).file_stem();
                name.map_or_else(|| l.clone(), |n| n.to_string_lossy().into_owned())
            };
            let name = stem(level);
            let alone = levels.iter().filter(|l| stem(l) == name).count() == 1;
            if alone { name } else { level.clone() }
        }
        _ => {
            let name = |l: &String| load::preset_name(l).to_string();
            let first = name(&levels[0]);
            let rest = level.strip_prefix(load::PRESET).unwrap_or(level);
            let options = rest.split_once([':', ',']).map(|(_, options)| options);
            match options {
                Some(options) if levels.iter().all(|l| name(l) == first) => options.to_string(),
                _ => level.clone(),
            }
        }
    }
}

/// A factor whose levels differ in one number alone, so that they have an order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    /// The name that all levels share.
    pub(super) name: String,
    /// The option that varies.
    pub(super) parameter: String,
    /// The number of each level.
    pub(super) values: Vec<f64>,
}

impl Factor {
    /// The order of its levels, where they differ in one option that is a number.
    pub(super) fn order(&self) -> Option<Order> {
        let parsed: Vec<(&str, Vec<(&str, &str)>)> = self.levels.iter().map(|l| options(l)).collect();
        let (name, first) = parsed.first()?;
        let mut differing = None;
        for (other, list) in &parsed {
            if other != name || list.len() != first.len() {
                return None;
            }
            for (i, (key, value)) in list.iter().enumerate() {
                if *key != first[i].0 {
                    return None;
                }
                if *value != first[i].1 {
                    match differing {
                        None => differing = Some(i),
                        Some(at) if at != i => return None,
                        Some(_) => {}
                    }
                }
            }
        }
        let at = differing?;
        let values: Option<Vec<f64>> =
            parsed.iter().map(|(_, list)| list[at].1.parse::<f64>().ok().filter(|x| x.is_finite())).collect();
        Some(Order { name: name.to_string(), parameter: first[at].0.to_string(), values: values? })
    }
}

/// The name and the options of a specification.
fn options(text: &str) -> (&str, Vec<(&str, &str)>) {
    let text = text.strip_prefix(load::PRESET).unwrap_or(text);
    let (name, rest) = text.split_once([':', ',']).unwrap_or((text, ""));
    let pairs = rest.split(',').filter_map(|part| part.split_once('='));
    (name.trim(), pairs.map(|(k, v)| (k.trim(), v.trim())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(levels: &[&str]) -> Factor {
        Factor { name: "abr", levels: levels.iter().map(|l| l.to_string()).collect() }
    }

    #[test]
    fn levels_that_differ_in_one_number_have_an_order() {
        let order = factor(&["bola:gp=1", "bola:gp=5"]).order().expect("an order");
        assert_eq!((order.parameter.as_str(), &order.values[..]), ("gp", &[1.0, 5.0][..]));
        assert!(factor(&["bola:gp=1", "bba:gp=5"]).order().is_none());
        assert!(factor(&["bola:gp=1,buffer=3", "bola:gp=5,buffer=4"]).order().is_none());
        assert!(factor(&["mpc:a=x", "mpc:a=y"]).order().is_none());
        assert!(factor(&["bola", "bola:gp=5"]).order().is_none());
    }

    #[test]
    fn levels_are_short_where_that_tells_them_apart() {
        let short = |levels: &[&str], at, factor| {
            super::short(&levels.iter().map(|l| l.to_string()).collect::<Vec<_>>(), at, factor)
        };
        assert_eq!(short(&["default:capacity=10", "default:capacity=30"], 1, "profile"), "capacity=30");
        assert_eq!(short(&["default", "default:capacity=30"], 0, "profile"), "default");
        assert_eq!(short(&["default", "pensieve-1120bb1"], 1, "profile"), "pensieve-1120bb1");
        assert_eq!(short(&["a/talk.json", "b/film.json"], 0, "video"), "talk");
        assert_eq!(short(&["a/talk.json", "b/talk.json"], 0, "video"), "a/talk.json");
        assert_eq!(short(&["preset:cbr,ladder=1/2", "preset:cbr,ladder=1/3"], 0, "video"), "ladder=1/2");
        assert_eq!(short(&["1", "2"], 1, "seed"), "seed 2");
    }
}
