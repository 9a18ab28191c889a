//! `repeated-times`: samples with the time stamp of their predecessor.

use super::problem::{Kind, Problem, Subject};

pub(super) static KIND: Kind = Kind {
    name: "repeated-times",
    about: "samples have the time stamp of the sample before: they hold on no interval, and do not count",
    advice: "if every row stands for the same time, make the times anew from the row numbers",
};

pub(super) fn of_trace(subject: &Subject<'_>) -> Option<Problem> {
    let dropped = subject.measured.dropped();
    (dropped > 0).then(|| {
        let all = dropped + subject.segments().len();
        let evidence = format!("{dropped} of {all} samples have the time stamp of the sample before");
        let numbers = vec![("repeated", dropped as f64), ("samples", all as f64)];
        Problem { kind: &KIND, evidence, numbers }
    })
}
