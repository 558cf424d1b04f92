//! A date's text, cut into numbers, words and signs.

use leash_js::is_space;

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// Digits: their value (of the first nine that count) and how many there were.
    Number(i64, usize),
    /// One of `:` `-` `+` `.` `(` `)`.
    Symbol(char),
    /// A word: what it means, and how many characters it has.
    Word(Word, usize),
    /// White space.
    Space,
    /// Anything else, which is passed over.
    Other,
    /// The end of the text.
    End,
}

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A month, 1 to 12.
    Month(i64),
    /// `AM` (0) or `PM` (12).
    HalfDay(i64),
    /// A time zone, in hours from UTC.
    Zone(i64),
    /// `T`, between an ISO date and its time.
    TimeFollows,
    /// A word that means nothing.
    Unknown,
}

impl Token {
    /// Whether it is a number of so many digits.
    pub(super) fn fixed(self, digits: usize) -> Option<i64> {
        match self {
            Self::Number(value, count) if count == digits => Some(value),
            _ => None,
        }
    }

    /// Whether it is a number of so many digits in a range.
    pub(super) fn fixed_in(self, digits: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        self.fixed(digits).filter(|value| range.contains(value))
    }

    /// `1` for `+`, `-1` for `-`.
    pub(super) const fn sign(self) -> Option<i64> {
        match self {
            Self::Symbol('+') => Some(1),
            Self::Symbol('-') => Some(-1),
            _ => None,
        }
    }

    /// The word `Z`.
    pub(super) fn is_z(self) -> bool {
        self == Self::Word(Word::Zone(0), 1)
    }
}

/// Digits of a second after the point, as milliseconds: cut off after three.
pub(super) fn milliseconds(value: i64, digits: usize) -> i64 {
    match digits {
        1 => value * 100,
        2 => value * 10,
        3 => value,
        // The value holds nine digits at the most, however many there were.
        _ => value / 10_i64.pow(u32::try_from(digits.min(9) - 3).unwrap_or(0)),
    }
}

/// The text, one token ahead.
pub(super) struct Tokens<'a> {
    rest: &'a [u16],
    ahead: Token,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a [u16]) -> Self {
        let mut tokens = Self { rest: text, ahead: Token::End };
        tokens.ahead = tokens.scan();
        tokens
    }

    /// The next token, which stays.
    pub(super) const fn peek(&self) -> Token {
        self.ahead
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Token {
        let next = self.scan();
        std::mem::replace(&mut self.ahead, next)
    }

    /// Takes the next token if it is this symbol.
    pub(super) fn skip(&mut self, symbol: char) -> bool {
        let found = self.ahead == Token::Symbol(symbol);
        if found {
            self.next();
        }
        found
    }

    fn scan(&mut self) -> Token {
        let Some(&unit) = self.rest.first() else { return Token::End };
        if is_digit(unit) {
            let digits = self.take(is_digit);
            let value =
                digits.iter().map(|&digit| i64::from(digit) - 48).skip_while(|&digit| digit == 0).take(9);
            return Token::Number(value.fold(0, |number, digit| number * 10 + digit), digits.len());
        }
        if let Some(symbol @ (':' | '-' | '+' | '.' | ')')) = ascii(unit) {
            self.rest = &self.rest[1..];
            return Token::Symbol(symbol);
        }
        if is_space(unit) {
            self.take(is_space);
            return Token::Space;
        }
        if is_letter(unit) {
            let letters = self.take(is_letter);
            return Token::Word(meaning(letters), letters.len());
        }
        if unit == u16::from(b'(') {
            self.skip_parentheses();
        } else {
            self.rest = &self.rest[1..];
        }
        Token::Other
    }

    fn take(&mut self, belongs: fn(u16) -> bool) -> &'a [u16] {
        let end = self.rest.iter().position(|&unit| !belongs(unit)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Text in parentheses, which nest and need not be closed, is a comment.
    fn skip_parentheses(&mut self) {
        let mut depth = 0_usize;
        while let Some((&unit, rest)) = self.rest.split_first() {
            self.rest = rest;
            match ascii(unit) {
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
}

fn ascii(unit: u16) -> Option<char> {
    u8::try_from(unit).ok().map(char::from)
}

fn is_digit(unit: u16) -> bool {
    (u16::from(b'0')..=u16::from(b'9')).contains(&unit)
}

/// Everything from `A` on, in the order of Unicode, is part of a word.
fn is_letter(unit: u16) -> bool {
    unit >= u16::from(b'A') && !is_space(unit)
}

/// Three letters decide; only a month's name may go on after them.
fn meaning(letters: &[u16]) -> Word {
    const WORDS: [(&str, Word); 16] = [
        ("am", Word::HalfDay(0)),
        ("pm", Word::HalfDay(12)),
        ("ut", Word::Zone(0)),
        ("utc", Word::Zone(0)),
        ("z", Word::Zone(0)),
        ("gmt", Word::Zone(0)),
        ("cdt", Word::Zone(-5)),
        ("cst", Word::Zone(-6)),
        ("edt", Word::Zone(-4)),
        ("est", Word::Zone(-5)),
        ("mdt", Word::Zone(-6)),
        ("mst", Word::Zone(-7)),
        ("pdt", Word::Zone(-7)),
        ("pst", Word::Zone(-8)),
        ("t", Word::TimeFollows),
        ("", Word::Unknown),
    ];
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word: String =
        letters.iter().take(3).map(|&unit| ascii(unit).unwrap_or('\u{0}').to_ascii_lowercase()).collect();
    if let Some(month) = MONTHS.iter().position(|&month| month == word) {
        return Word::Month(i64::try_from(month).unwrap_or(0) + 1);
    }
    WORDS
        .iter()
        .find(|(name, _)| *name == word && letters.len() <= 3)
        .map_or(Word::Unknown, |(_, word)| *word)
}
