"""What the tests ask of a page as it is drawn: measured in the browser, not read from the style sheet."""

from typing import Any

from playwright.async_api import Page

# Every piece of text with the colour that it is drawn in and the nearest background behind it (WCAG 2.2 SC 1.4.3).
CONTRASTS = """
() => {
  const parse = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility()) continue;
    const [dark, bright] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => a - b);
    found.push({ text: text.slice(0, 30), ratio: (bright + 0.05) / (dark + 0.05) });
  }
  return found;
}
"""
# Everything that can be pressed and does not stand inside a sentence (WCAG 2.2 SC 2.5.8).
TARGETS = """
() => [...document.querySelectorAll("a, button, summary")]
  .filter((each) => each.checkVisibility() && !each.classList.contains("skip"))
  .filter((each) => !(each.parentElement.matches("p") && each.parentElement.textContent.trim() !== each.textContent.trim()
    && getComputedStyle(each).display === "inline"))
  .map((each) => ({ text: each.textContent.trim().slice(0, 30), ...each.getBoundingClientRect().toJSON() }))
"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def contrasts(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await page.evaluate(CONTRASTS)
    return found


async def targets(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await page.evaluate(TARGETS)
    return found


async def overflow(page: Page) -> int:
    return int(await page.evaluate(OVERFLOW))
