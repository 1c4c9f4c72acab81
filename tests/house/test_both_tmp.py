import asyncio
def test_a(browser):
    p = browser.new_page(); p.goto("about:blank"); p.close()
def test_b():
    async def f(): return 1
    assert asyncio.run(f()) == 1
def test_c(browser):
    p = browser.new_page(); p.goto("about:blank"); p.close()
def test_d():
    async def f(): return 1
    assert asyncio.run(f()) == 1
