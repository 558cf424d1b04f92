//! What a browser sees of a link that isn't paid.

use crate::{api::Answer, store::links::Link};

/// A page for a person who followed the link.
pub(super) fn answer(link: &Link) -> Answer {
    let (label, price) = (escape(&link.label), escape(&link.price));
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Payment required</title></head>\n\
         <body><h1>{label}</h1><p>This costs {price} ({}). Pay it with <code>leash pay</code>.</p></body></html>\n",
        escape(&link.currency),
    );
    Answer::stored(402, page).typed("text/html; charset=UTF-8")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            char => escaped.push(char),
        }
    }
    escaped
}
