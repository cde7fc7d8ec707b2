"""Gradio's theme and the frame of every page: our tokens, our masthead, our scripts."""

from __future__ import annotations

from collections.abc import Iterable

import gradio as gr

from citing_app.ui.assets import modules_of, versioned_path

PAGES = (
    ("Review", "/"),
    ("Browse", "/browse"),
    ("Insights", "/insights"),
    ("Rounds", "/rounds"),
    ("Chat", "/chat"),
    ("Evaluate", "/evaluate"),
    ("Rubrics", "/rubrics"),
    ("Teacher", "/teacher"),
    ("Models", "/models"),
    ("Data", "/data"),
)
SUBPAGES = (
    ("Curriculum", "/curriculum"),
    ("Race", "/race"),
    ("Adapters", "/adapters"),
    ("Comparisons", "/comparisons"),
    ("Arena", "/arena"),
)
"""Pages that the Rounds page and the Evaluate page link to."""
ROUTES = (*PAGES, *SUBPAGES)
MOVED = {"/desk": "/insights"}
"""Addresses that pages had, which people may have kept, and where those pages are now."""
SCRIPTS = (
    "studio.js",
    "zh.js",
    "language.js",
)


def studio_theme() -> gr.themes.Base:
    """Gradio's components in the tokens of assets/studio.css, in light and in dark."""
    tokens = {
        "body_background_fill": "bg",
        "body_text_color": "ink",
        "body_text_color_subdued": "soft",
        "background_fill_primary": "card",
        "background_fill_secondary": "bg",
        "block_background_fill": "card",
        "block_border_color": "line",
        "block_label_background_fill": "card",
        "block_label_text_color": "soft",
        "block_title_text_color": "soft",
        "block_info_text_color": "soft",
        "border_color_primary": "line",
        "border_color_accent": "accent",
        "color_accent_soft": "chip",
        "link_text_color": "accent",
        "link_text_color_hover": "accent",
        "input_background_fill": "card",
        "input_background_fill_focus": "card",
        "input_border_color": "line",
        "input_border_color_focus": "accent",
        "input_placeholder_color": "soft",
        "button_primary_background_fill": "accent",
        "button_primary_background_fill_hover": "accent",
        "button_primary_border_color": "accent",
        "button_primary_text_color": "accent-ink",
        "button_secondary_background_fill": "card",
        "button_secondary_background_fill_hover": "hover",
        "button_secondary_border_color": "line",
        "button_secondary_text_color": "ink",
        "checkbox_label_background_fill": "card",
        "checkbox_label_background_fill_selected": "chip",
        "checkbox_label_text_color": "ink",
        "checkbox_label_text_color_selected": "ink",
        "checkbox_background_color_selected": "accent",
        "checkbox_border_color_selected": "accent",
        "panel_background_fill": "bg",
        "slider_color": "accent",
        "table_text_color": "ink",
    }
    light = {name: f"var(--{token})" for name, token in tokens.items()}
    both = {**light, **{f"{name}_dark": value for name, value in light.items()}}
    sizes = {"block_radius": "12px", "button_large_radius": "9px", "button_small_radius": "8px", "input_radius": "9px"}
    borders = {"block_border_width": "1px", "button_border_width": "1px", "button_border_width_dark": "1px"}
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Noto Sans SC", "sans-serif"]
    theme = gr.themes.Base(font=fonts, font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "monospace"])
    return theme.set(block_shadow="none", button_primary_shadow="none", **borders, **sizes, **both)


def page_head(version: str) -> str:
    """What goes into the head of every page; `version` makes browsers fetch assets anew after an upgrade."""
    scripts = "".join(f'<script src="/studio/{name}?v={version}"></script>' for name in SCRIPTS)
    return (
        f'<link rel="stylesheet" href="/studio/studio.css?v={version}">'
        f'<link rel="icon" type="image/svg+xml" href="/studio/icon.svg">{scripts}'
    )


def preloads(scripts: Iterable[str]) -> str:
    """What goes into the head of a page with these panels: the modules that it will want, to be fetched at once."""
    modules = dict.fromkeys(module for script in scripts for module in modules_of(script))
    return "".join(f'<link rel="modulepreload" href="{versioned_path()}/{module}">' for module in modules)


def masthead() -> str:
    """The top of every page, there before Gradio has loaded."""
    links = "".join(f'<a href="{path}">{name}</a>' for name, path in PAGES)
    return (
        f'<header class="masthead"><b><a href="/">CITING Studio</a></b><nav aria-label="Pages">{links}</nav>'
        f'<div class="status" aria-live="polite"></div>{language_switch()}'
        '<button class="icon theme" title="Light or dark" aria-label="Light or dark">◐</button></header>'
    )


def language_switch() -> str:
    """One button for each language, in its own words; assets/studio.css shows that of the other one."""
    return (
        '<button class="icon language" type="button" data-to="zh" lang="zh-CN" title="简体中文">中文</button>'
        '<button class="icon language" type="button" data-to="en" lang="en" title="English">EN</button>'
    )
