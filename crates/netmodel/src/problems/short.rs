//! `short`: traces that end within any video.

use super::problem::{Kind, Problem, Subject};

pub(super) static KIND: Kind = Kind {
    name: "short",
    about: "the trace ends before any video does: a session plays on repetitions of it",
    advice: "join traces of one place, or take longer ones",
};

/// No video of an evaluation is shorter than a minute.
const SHORT_S: f64 = 60.0;

pub(super) fn of_trace(subject: &Subject<'_>) -> Option<Problem> {
    let seconds = subject.seconds();
    (seconds < SHORT_S).then(|| {
        let evidence = format!("lasts {seconds:.1} s");
        Problem { kind: &KIND, evidence, numbers: vec![("duration_s", seconds)] }
    })
}
