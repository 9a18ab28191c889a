//! The random forest of P.1203.3: twenty regression trees, loaded by the user.
//!
//! The tables are part of the Recommendation and are not shipped. A tree is a CSV file without a header, one row per node:
//! id, feature (-1: a leaf), threshold (of a leaf: its value), id of the left child (feature below the threshold), id of
//! the right child. The root has the id 0.

use std::path::{Path, PathBuf};

use crate::QoeError;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Node {
    Leaf(f64),
    Split { feature: usize, threshold: f64, left: usize, right: usize },
}

/// One regression tree. Node 0 is the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree(Vec<Node>);

/// The trees of the random forest.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    trees: Vec<Tree>,
}

/// How many trees the Recommendation has.
pub const TREES: usize = 20;

impl Tree {
    /// Reads a tree from CSV text; `name` is the file that errors name.
    ///
    /// # Errors
    /// [`QoeError::File`] with the line at fault.
    pub fn parse(name: &str, text: &str) -> Result<Tree, QoeError> {
        let fault = |line: usize, problem: &str| QoeError::File {
            file: name.to_string(),
            field: format!("line {line}"),
            problem: problem.to_string(),
        };
        let mut rows: Vec<(usize, i64, f64, [f64; 2], usize)> = Vec::new();
        for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            let numbers: Option<Vec<f64>> = line.split(',').map(|c| c.trim().parse::<f64>().ok()).collect();
            let numbers = numbers.filter(|n| n.len() == 5 && n.iter().all(|x| x.is_finite()));
            let Some(n) = numbers else {
                return Err(fault(
                    i + 1,
                    "expected five numbers: id, feature, threshold or value, left, right",
                ));
            };
            if n[0] < 0.0 || n[0].fract() != 0.0 || n[1].fract() != 0.0 || !(-1.0..14.0).contains(&n[1]) {
                return Err(fault(i + 1, "expected a whole id from 0 and a feature from -1 to 13"));
            }
            rows.push((n[0] as usize, n[1] as i64, n[2], [n[3], n[4]], i + 1));
        }
        rows.sort_by_key(|r| r.0);
        if let Some(w) = rows.windows(2).find(|w| w[0].0 == w[1].0) {
            return Err(fault(w[1].4, "this id occurs twice"));
        }
        let index = |id: f64| rows.binary_search_by(|r| (r.0 as f64).total_cmp(&id)).ok();
        let mut parents = vec![0usize; rows.len()];
        let mut nodes = Vec::with_capacity(rows.len());
        for (_, feature, threshold, children, line) in &rows {
            nodes.push(match usize::try_from(*feature) {
                Err(_) => Node::Leaf(*threshold),
                Ok(feature) => {
                    let (Some(left), Some(right)) = (index(children[0]), index(children[1])) else {
                        return Err(fault(*line, "a child that no row has"));
                    };
                    parents[left] += 1;
                    parents[right] += 1;
                    Node::Split { feature, threshold: *threshold, left, right }
                }
            });
        }
        // One parent each, but the root: then no walk can go in circles.
        let rooted = rows.first().is_some_and(|r| r.0 == 0) && parents[0] == 0;
        if !rooted || parents[1..].iter().any(|p| *p != 1) {
            return Err(fault(1, "expected a tree with the root 0: every other node has one parent"));
        }
        Ok(Tree(nodes))
    }

    fn score(&self, features: &[f64; 14]) -> f64 {
        let mut at = 0;
        loop {
            match self.0[at] {
                Node::Leaf(value) => return value,
                Node::Split { feature, threshold, left, right } => {
                    at = if features[feature] < threshold { left } else { right };
                }
            }
        }
    }
}

impl Forest {
    /// A forest of parsed trees.
    ///
    /// # Errors
    /// [`QoeError::File`] without trees.
    pub fn new(trees: Vec<Tree>) -> Result<Forest, QoeError> {
        if trees.is_empty() {
            return Err(QoeError::File {
                file: "forest".to_string(),
                field: "trees".to_string(),
                problem: "expected at least one".to_string(),
            });
        }
        Ok(Forest { trees })
    }

    /// Reads the twenty CSV files of a folder, in the order of their names.
    ///
    /// # Errors
    /// [`QoeError::File`]: not twenty of them, or one that is no tree.
    pub fn load(folder: &Path) -> Result<Forest, QoeError> {
        let fault = |path: &Path, problem: String| QoeError::File {
            file: path.display().to_string(),
            field: "forest".to_string(),
            problem,
        };
        let entries = std::fs::read_dir(folder).map_err(|e| fault(folder, e.to_string()))?;
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| fault(folder, e.to_string()))?.path();
            if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
                files.push(path);
            }
        }
        files.sort();
        if files.len() != TREES {
            return Err(fault(folder, format!("{} CSV files, expected {TREES}, one per tree", files.len())));
        }
        let read = |p: &PathBuf| {
            let text = spec::file::text(p).map_err(|e| fault(p, e.to_string()))?;
            Tree::parse(&p.display().to_string(), &text)
        };
        Forest::new(files.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// The mean of what the trees say.
    pub fn score(&self, features: &[f64; 14]) -> f64 {
        self.trees.iter().map(|t| t.score(features)).sum::<f64>() / self.trees.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_left_below_the_threshold_and_right_from_it_on() {
        let stump = |feature: usize, at: f64, low: f64, high: f64| {
            Tree::parse("t", &format!("0,{feature},{at},1,2\n1,-1,{low},0,0\n2,-1,{high},0,0\n"))
                .expect("a tree")
        };
        let forest =
            Forest::new(vec![stump(0, 2.0, 1.0, 3.0), stump(13, 60.0, 4.0, 5.0)]).expect("two trees");
        let mut x = [0.0; 14];
        assert_eq!(forest.score(&x), 2.5);
        (x[0], x[13]) = (2.0, 60.0);
        assert_eq!(forest.score(&x), 4.0);
    }

    #[test]
    fn refuses_what_is_no_tree() {
        let bad = |text: &str| Tree::parse("t.csv", text).expect_err("no tree").to_string();
        assert!(bad("0,1,2\n").contains("t.csv: line 1: expected five numbers"));
        assert!(bad("0,1,2.5,1,9\n1,-1,3,0,0\n").contains("a child that no row has"));
        assert!(bad("0,1,2.5,1,1\n1,-1,3,0,0\n").contains("one parent"));
        assert!(bad("0,1,2.5,0,1\n1,-1,3,0,0\n").contains("one parent"));
        assert!(bad("").contains("root"));
    }
}
