//! What many viewers feel together, now.

use std::collections::BTreeMap;

use crate::sentiment::{Aspect, Label, Opinion};

/// After this time an opinion counts half, s.
pub const HALF_LIFE_S: f64 = 20.0;
/// Less than this is forgotten.
const FORGOTTEN: f64 = 0.05;
/// The share of the audience from which on it is heard: one viewer in ten, so that one in a hundred moves nothing for all.
pub const QUORUM: f64 = 0.1;
/// A viewer who has said nothing for so long is no longer counted, s.
const PRESENT_S: f64 = 600.0;
/// Most viewers that are remembered; of more only the number is kept.
const MOST: usize = 10_000;

#[derive(Clone, Copy, Debug)]
struct Feeling {
    at: f64,
    /// -1 to 1, fading since.
    mood: f64,
    aspect: Aspect,
}

/// The audience.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    feelings: BTreeMap<String, Feeling>,
    /// How many watch, where that is known.
    watching: usize,
}

/// What the audience feels.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Mood {
    /// What a quorum of them says.
    pub label: Label,
    /// Share of the audience that complains, each by how strongly and how lately.
    pub negative: f64,
    /// Share that praises.
    pub positive: f64,
    /// About what most complain.
    pub aspect: Aspect,
    /// How many they are.
    pub viewers: usize,
}

impl Crowd {
    /// An audience of so many, of whom not all need speak.
    pub fn of(watching: usize) -> Crowd {
        Crowd { feelings: BTreeMap::new(), watching }
    }

    /// A viewer has said something. Whoever repeats a complaint complains more strongly, up to a full vote.
    pub fn say(&mut self, viewer: &str, at: f64, opinion: &Opinion) {
        let mood = match opinion.label {
            Label::Neutral => 0.0,
            _ => opinion.score.signum() * (0.4 + 0.4 * opinion.score.abs()),
        };
        if let Some(feeling) = self.feelings.get_mut(viewer) {
            let before = faded(feeling, at);
            let same = before * mood > 0.0;
            feeling.mood = if same {
                (before + mood).clamp(-1.0, 1.0)
            } else if mood == 0.0 {
                before
            } else {
                mood
            };
            feeling.at = at;
            if mood != 0.0 {
                feeling.aspect = opinion.aspect;
            }
            return;
        }
        if self.feelings.len() >= MOST {
            self.forget();
            self.watching = self.watching.max(MOST + 1);
        }
        self.feelings.insert(viewer.to_string(), Feeling { at, mood, aspect: opinion.aspect });
    }

    /// Forgets the tenth that has been silent longest: many at once, since to look for one costs as much.
    fn forget(&mut self) {
        let mut silent: Vec<(f64, String)> = self.feelings.iter().map(|(v, f)| (f.at, v.clone())).collect();
        silent.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        for (_, viewer) in &silent[..MOST / 10] {
            self.feelings.remove(viewer);
        }
    }

    /// How strongly a viewer complains at an instant, 0 to 1, and about what; None from whoever does not.
    pub fn complaint(&self, viewer: &str, at: f64) -> Option<(f64, Aspect)> {
        self.feelings.get(viewer).map(|f| (-faded(f, at), f.aspect)).filter(|(c, _)| *c > 0.0)
    }

    /// All who complain at an instant: who, how strongly (0 to 1), and about what.
    pub fn complaints(&self, at: f64) -> impl Iterator<Item = (&str, f64, Aspect)> {
        self.feelings
            .iter()
            .map(move |(v, f)| (v.as_str(), -faded(f, at), f.aspect))
            .filter(|(_, c, _)| *c > 0.0)
    }

    /// What they feel at an instant.
    pub fn mood(&mut self, at: f64) -> Mood {
        self.feelings.retain(|_, f| at - f.at <= PRESENT_S);
        let viewers = self.watching.max(self.feelings.len());
        let (mut negative, mut positive) = (0.0, 0.0);
        let mut about: BTreeMap<Aspect, f64> = BTreeMap::new();
        for feeling in self.feelings.values() {
            let mood = faded(feeling, at);
            if mood < 0.0 {
                negative -= mood;
                *about.entry(feeling.aspect).or_default() -= mood;
            } else {
                positive += mood;
            }
        }
        let all = viewers.max(1) as f64;
        let (negative, positive) = (negative / all, positive / all);
        let label = match () {
            () if negative >= QUORUM && negative > positive => Label::Negative,
            () if positive >= QUORUM && positive > negative => Label::Positive,
            () => Label::Neutral,
        };
        let aspect = about.iter().max_by(|a, b| a.1.total_cmp(b.1)).map_or(Aspect::None, |(a, _)| *a);
        Mood { label, negative, positive, aspect, viewers }
    }
}

fn faded(feeling: &Feeling, at: f64) -> f64 {
    let mood = feeling.mood * libm::exp2(-(at - feeling.at).max(0.0) / HALF_LIFE_S);
    if mood.abs() < FORGOTTEN { 0.0 } else { mood }
}
