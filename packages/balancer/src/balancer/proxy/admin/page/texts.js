// What the page says, in both languages. Names, categories and numbers are the same in each.
export const TEXTS = {
  en: {
    reload: "Reload the configuration", token: "Admin token", show: "Show", providers: "Providers", name: "Name",
    state: "State", type: "Format", address: "Address", priority: "Priority", in_flight: "Under way",
    latency: "First content", last_failure: "Last failure", requests: "Last requests", time: "Time", model: "Model",
    status: "Status", outcome: "Outcome", attempts: "Attempts", duration: "Duration", tokens: "Tokens in / out",
    nothing: "No request yet.", reset: "Reset", disabled: "disabled", healthy: "healthy", open: "out", half_open: "on probe",
    back: (seconds) => `back in ${seconds} s`, ready: (ready, all) => `${ready} of ${all} providers are ready`,
    shared: "shared through Redis", alone: "Redis is away: this replica is on its own",
    reloaded: "The configuration was reloaded.", refused: "The configuration file cannot be used; the last good one is at work.",
    line: (line) => `line ${line}`, away: "The balancer does not answer.", access: "This page needs the admin token.",
    probe: "probe", joined: "joined an equal request", other: "中文",
  },
  zh: {
    reload: "重新加载配置", token: "管理令牌", show: "查看", providers: "提供方", name: "名称",
    state: "状态", type: "格式", address: "地址", priority: "优先级", in_flight: "进行中",
    latency: "首个内容", last_failure: "最近一次失败", requests: "最近的请求", time: "时间", model: "模型",
    status: "状态码", outcome: "结果", attempts: "尝试", duration: "耗时", tokens: "令牌数 入 / 出",
    nothing: "还没有请求。", reset: "重置", disabled: "已停用", healthy: "健康", open: "已摘除", half_open: "试探中",
    back: (seconds) => `${seconds} 秒后恢复`, ready: (ready, all) => `${all} 个提供方中有 ${ready} 个可用`,
    shared: "通过 Redis 共享", alone: "Redis 不可用：本副本独立运行",
    reloaded: "配置已重新加载。", refused: "配置文件不可用，仍在使用上一份可用的配置。",
    line: (line) => `第 ${line} 行`, away: "均衡器没有应答。", access: "此页面需要管理令牌。",
    probe: "试探", joined: "并入了相同的请求", other: "English",
  },
};
