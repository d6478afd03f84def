//! Rules on a Rust file that need its syntax: length of functions, lints switched off.

use std::str::FromStr;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::Finding;

/// A function fits a screen, from `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;

/// Lint groups: switching one off would take rules with it that nobody named.
const GROUPS: &[&str] = &[
    "warnings",
    "unused",
    "all",
    "cargo",
    "complexity",
    "correctness",
    "nursery",
    "pedantic",
    "perf",
    "restriction",
    "style",
    "suspicious",
];

pub(crate) fn check(path: &str, text: &str) -> Vec<Finding> {
    let file = match syn::parse_file(text) {
        Ok(file) => file,
        Err(error) => {
            let what = format!("is no Rust: {error}");
            return vec![Finding::new(path, error.span().start().line, what)];
        }
    };
    let mut functions = Functions {
        path,
        findings: Vec::new(),
    };
    functions.visit_file(&file);

    let mut findings = functions.findings;
    // By tokens, not by syntax: the bodies of macros carry attributes too.
    if let Ok(tokens) = TokenStream::from_str(text) {
        for attribute in attributes(tokens) {
            findings.extend(check_attribute(path, attribute));
        }
    }
    findings
}

/// Collects the functions that are too long, wherever they are nested.
struct Functions<'a> {
    path: &'a str,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.span().start().line;
        let lines = block.span().end().line + 1 - first;
        if lines > FUNCTION_LINES_MAX {
            let name = &signature.ident;
            let what = format!("`{name}` has {lines} lines, {FUNCTION_LINES_MAX} are allowed");
            self.findings.push(Finding::new(self.path, first, what));
        }
    }
}

impl Visit<'_> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &syn::ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// The insides of every `#[…]` and `#![…]`, in order.
fn attributes(tokens: TokenStream) -> Vec<TokenStream> {
    let mut found = Vec::new();
    let mut after_hash = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                if after_hash && group.delimiter() == Delimiter::Bracket {
                    found.push(group.stream());
                } else {
                    found.extend(attributes(group.stream()));
                }
                after_hash = false;
            }
            TokenTree::Punct(punct) => {
                after_hash = punct.as_char() == '#' || (after_hash && punct.as_char() == '!');
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => after_hash = false,
        }
    }
    found
}

/// `allow(…)` and `expect(…)`, also inside `cfg_attr(…)`: with a reason, and for one lint by name.
fn check_attribute(path: &str, attribute: TokenStream) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut level: Option<(String, Span)> = None;
    for token in attribute {
        match token {
            TokenTree::Ident(ident) => level = Some((ident.to_string(), ident.span())),
            TokenTree::Group(group) => match level.take() {
                Some((name, span)) if matches!(name.as_str(), "allow" | "expect") => {
                    findings.extend(check_level(path, &name, span, group.stream()));
                }
                _ => findings.extend(check_attribute(path, group.stream())),
            },
            TokenTree::Punct(_) | TokenTree::Literal(_) => level = None,
        }
    }
    findings
}

fn check_level(path: &str, level: &str, span: Span, lints: TokenStream) -> Vec<Finding> {
    let line = span.start().line;
    let names: Vec<String> = lints
        .into_iter()
        .filter_map(|token| {
            if let TokenTree::Ident(ident) = token {
                Some(ident)
            } else {
                None
            }
        })
        .map(|ident| ident.to_string())
        .collect();
    let mut findings = Vec::new();
    if !names.iter().any(|name| name == "reason") {
        findings.push(Finding::new(
            path,
            line,
            format!("`{level}` without a `reason`"),
        ));
    }
    for group in names.iter().filter(|name| GROUPS.contains(&name.as_str())) {
        findings.push(Finding::new(
            path,
            line,
            format!("`{level}` of the whole group `{group}`"),
        ));
    }
    findings
}
