"""Whether a function can be called as reward(s, a, s_next), and why not."""

import ast

Function = ast.FunctionDef | ast.AsyncFunctionDef


def misfit(function: Function) -> str:
    """Why a function can't be called as reward(s, a, s_next); '' where it can."""
    arguments = function.args
    max_arguments = len(arguments.posonlyargs + arguments.args)
    min_arguments = max_arguments - len(arguments.defaults)
    takes_three = min_arguments <= 3 <= (3 if arguments.vararg else max_arguments)
    if takes_three and None not in arguments.kw_defaults:
        return ""
    signature = f"{function.name}({ast.unparse(arguments)})"
    return f"{signature} can't be called with three arguments, as reward(s, a, s_next)"


def objection(function: Function) -> str:
    """Why a function can't be the reward; '' where it can."""
    if isinstance(function, ast.AsyncFunctionDef):
        return f"{function.name} is an async function"
    inner: list[ast.AST] = list(function.body)
    for node in inner:  # grows while it is read
        if isinstance(node, ast.Return) and node.value:
            return misfit(function)
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            inner.extend(ast.iter_child_nodes(node))
    return f"{function.name} has no return statement with a value"
