//! The lines in which two texts differ, with a few of those around them.

use std::fmt::Write as _;

/// How many equal lines are shown before and behind a change.
const AROUND: usize = 3;

/// Lines that begin with `-` stand in the old text alone, those with `+` in the new one.
pub(super) fn of(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = compared(&old, &new);
    let is_shown = |at: usize| {
        let near = &lines[at.saturating_sub(AROUND)..(at + AROUND + 1).min(lines.len())];
        near.iter().any(|(sign, _)| *sign != ' ')
    };
    let mut text = String::new();
    let mut skipped = false;
    for (at, (sign, line)) in lines.iter().enumerate() {
        if is_shown(at) {
            if std::mem::take(&mut skipped) {
                text.push_str("  …\n");
            }
            let _ = writeln!(text, "{sign} {line}");
        } else {
            skipped = true;
        }
    }
    text
}

/// All lines of both, each with its sign. What both have in common is as long as possible.
fn compared<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    // The number of lines in common from each pair of places on.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (i, before) in old.iter().enumerate().rev() {
        for (j, after) in new.iter().enumerate().rev() {
            common[i][j] = if before == after {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn changed_lines_are_shown_with_those_around_them() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(of(old, old), "");
        let new = old.replace("5\n", "five\n");
        assert_eq!(of(old, &new), "  …\n  2\n  3\n  4\n- 5\n+ five\n  6\n  7\n  8\n");
        assert_eq!(of("", "a\n"), "+ a\n");
        assert_eq!(of("a\nb\n", "b\n"), "- a\n  b\n");
    }
}
