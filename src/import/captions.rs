//! Captions: how columns are found, and what they are called as attributes.

/// Reduces a caption to what must agree: letters and digits in lower case, without blanks and underscores.
pub fn normal(caption: &str) -> String {
    caption
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '_' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns a caption as a column name in snake case: `Country Code` and `countryCode` become `country_code`.
pub fn snake_case(caption: &str) -> String {
    let mut name = String::with_capacity(caption.len() + 4);
    let mut before_is_lower = false;
    for letter in caption.chars() {
        if letter.is_alphanumeric() {
            if letter.is_uppercase() && before_is_lower {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
            before_is_lower = letter.is_lowercase() || letter.is_numeric();
        } else {
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            before_is_lower = false;
        }
    }
    name.truncate(name.trim_end_matches('_').len());
    name
}

/// Finds a caption in a header: letter by letter first, then without regard to case, blanks and underscores.
///
/// # Errors
/// The caption stands over two columns.
pub fn find(header: &[String], caption: &str) -> Result<Option<usize>, String> {
    let only = |mut found: Vec<usize>| match found.len() {
        0 => Ok(None),
        1 => Ok(found.pop()),
        _ => Err(header[found[1]].clone()),
    };
    let positions = |same: &dyn Fn(&String) -> bool| -> Vec<usize> {
        (0..header.len()).filter(|&position| same(&header[position])).collect()
    };
    let exact = positions(&|candidate| candidate == caption);
    if !exact.is_empty() {
        return only(exact);
    }
    let wanted = normal(caption);
    only(positions(&|candidate| normal(candidate) == wanted))
}

/// Returns a hint such as `; did you mean `Due Date`?`, or nothing where no caption is close.
pub fn hint<'h>(header: impl IntoIterator<Item = &'h str>, wanted: &[String]) -> String {
    let mut close: Vec<(usize, &str)> = Vec::new();
    for candidate in header {
        let candidate_normal = normal(candidate);
        let best = wanted
            .iter()
            .map(|caption| {
                let caption = normal(caption);
                let contained = caption.len() > 3 && candidate_normal.contains(&caption);
                let distance = if contained {
                    1
                } else {
                    distance(&caption, &candidate_normal)
                };
                (distance, caption.chars().count())
            })
            .filter(|(distance, length)| distance * 3 <= *length)
            .map(|(distance, _)| distance)
            .min();
        if let Some(distance) = best {
            close.push((distance, candidate));
        }
    }
    close.sort_unstable();
    match close.len() {
        0 => String::new(),
        _ => {
            let names: Vec<_> = close.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
            format!(" (did you mean {}?)", names.join(" or "))
        }
    }
}

/// Returns captions as a list for messages.
pub fn list<'c>(captions: impl IntoIterator<Item = &'c str>) -> String {
    let quoted: Vec<_> = captions.into_iter().map(|caption| format!("`{caption}`")).collect();
    quoted.join(", ")
}

/// Letters to insert, drop or replace to turn one word into the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}
